"""The page on which a person tries an app: a small chat client in front of the Slack and the Vi of the sandbox.

`server.PageServer` starts it. From the browser inwards:

* `page.html`, the one file that the browser loads: it places HTML, keeps what is being typed, and posts what people do;
* `server`, the door: it listens to this machine only, and to those who know the address's token;
* `screens`, what a browser is told, and `html`, how that looks; `acts` and `vi_acts`, what a browser can ask for.

What a person may do is decided by `sandbox.slack`, as for the people of its driver, and by nothing here.
"""
