"""A Slack workspace on this machine, strict enough to develop and test an app against.

`workspace.SlackWorkspace` starts it. An app is told its base URL and its tokens, and nothing else: it speaks
Slack's own protocols with it. Whatever the app does against Slack's rules is recorded, and `assert_clean` lists it.

From the outside in:

* doors: `web_api` (`/api/{method}`), `posting` (`/hooks/{id}`), `incoming_webhooks` (`/services/{id}`),
  `file_transfer` (`/upload/{id}`, `/files/{id}`), `socket_mode` (`/link`), and `http_mode`, which knocks at the
  app's door instead;
* what happens between people and the app: `interactions`, with `payloads` on the way out and `replies` on the way back;
* what there is: `state`, made of `directory`, `messages`, `views`, `triggers`, `response_urls`, `files`;
* what is judged: `validation` and `blocks`; what is noted: `wire`, `violations`; what is made to fail: `faults`;
* the people, for tests and demos: `driver`.

What Slack does and no page of its documentation says is marked "Assumed" where it is coded.
"""
