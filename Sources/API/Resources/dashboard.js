// The page: which view stands in it, and whether it is connected.

import { askForToken } from "./dialogs.js";
import { setText } from "./elements.js";
import { JobView } from "./job-view.js";
import { JobsView } from "./jobs-view.js";
import { Limits } from "./limits.js";
import { onTokenNeeded } from "./service.js";

const CONNECTION = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting" };

const main = document.getElementById("main");
const connection = document.getElementById("connection");
const limits = new Limits();
let view = null;

onTokenNeeded(askForToken);
document.getElementById("limits").append(limits.node);
document.getElementById("skip").addEventListener("click", (event) => {
  // The part behind # names the view, so the browser's own jump would leave it.
  event.preventDefault();
  main.focus();
  main.scrollIntoView();
});
addEventListener("hashchange", () => show(true));
show(false);
limits.start();

function show(isTurned) {
  const match = /^#\/jobs\/([^/]+)$/.exec(location.hash);
  view?.close();
  const shared = { limits, onConnection: tellConnection };
  view = match ? new JobView({ id: decodeURIComponent(match[1]), ...shared }) : new JobsView(shared);
  document.title = "Longshore";
  main.replaceChildren(view.node);
  view.open();
  if (!isTurned) return;
  scrollTo(0, 0);
  main.querySelector("h1")?.focus({ preventScroll: true });
}

function tellConnection(state) {
  // From one view's stream to the next nothing is missed, and nobody has to hear of it.
  if (state === "connecting" && connection.dataset.state === "live") return;
  connection.dataset.state = state;
  setText(connection.lastElementChild, CONNECTION[state]);
}
