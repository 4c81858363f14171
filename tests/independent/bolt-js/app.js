// An ordinary app. It knows nothing of an emulator: without SLACK_API_URL it talks to slack.com.
const { App } = require("@slack/bolt");

const { SLACK_API_URL, SLACK_APP_TOKEN, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, PORT } = process.env;

const app = new App({
  token: SLACK_BOT_TOKEN,
  clientOptions: SLACK_API_URL ? { slackApiUrl: SLACK_API_URL } : {},
  ...(SLACK_APP_TOKEN
    ? { socketMode: true, appToken: SLACK_APP_TOKEN }
    : { signingSecret: SLACK_SIGNING_SECRET }),
});

const plain = (text) => ({ type: "plain_text", text });
const section = (text) => ({ type: "section", text: plain(text) });
const button = (text, actionId) => ({ type: "button", text: plain(text), action_id: actionId });
const modal = (...blocks) => ({ type: "modal", callback_id: "rename", title: plain("Rename"), blocks });

app.command("/vi-echo", async ({ ack, command, respond }) => {
  await ack();
  await respond({
    text: `You said ${command.text}`,
    blocks: [
      section(`You said ${command.text}`),
      { type: "actions", elements: [button("Shout", "shout"), button("Rename…", "open_rename")] },
    ],
  });
});

app.action("shout", async ({ ack, body, respond }) => {
  await ack();
  await respond({ replace_original: true, text: `${body.user.username} shouts` });
});

app.action("open_rename", async ({ ack, body, client }) => {
  await ack();
  const name = { type: "plain_text_input", action_id: "typed" };
  const workflow = { type: "external_select", action_id: "workflow", min_query_length: 1 };
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      ...modal(
        { type: "input", block_id: "workflow", label: plain("Workflow"), element: workflow },
        { type: "input", block_id: "name", label: plain("New name"), element: name },
      ),
      submit: plain("Rename"),
    },
  });
});

app.options("workflow", async ({ ack, options }) => {
  const names = ["Potholes", "Cracks", "Signs"].filter((name) => name.toLowerCase().startsWith(options.value));
  await ack({ options: names.map((name) => ({ text: plain(name), value: name })) });
});

app.view("rename", async ({ ack, view }) => {
  const { name, workflow } = view.state.values;
  const [before, after] = [workflow.workflow.selected_option.value, name.typed.value];
  if (before === after) {
    await ack({ response_action: "errors", errors: { name: "That is its name already" } });
  } else {
    await ack({ response_action: "update", view: modal(section(`${before} is called ${after} now`)) });
  }
});

app.event("app_home_opened", async ({ client, event }) => {
  await client.views.publish({ user_id: event.user, view: { type: "home", blocks: [section("Nothing to do")] } });
});

(async () => {
  if (SLACK_APP_TOKEN) {
    await app.start();
    console.log(JSON.stringify({ mode: "socket" }));
  } else {
    const server = await app.start({ port: Number(PORT), host: "127.0.0.1" });
    console.log(JSON.stringify({ mode: "http", port: server.address().port }));
  }
})();
