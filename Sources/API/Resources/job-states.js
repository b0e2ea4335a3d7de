// What states are called and drawn as. Never by colour alone: each has its word and its own figure.

export const JOB_STATES = {
  queued: { word: "Queued", icon: "queued", tone: "calm" },
  running: { word: "Running", icon: "running", tone: "busy" },
  pausing: { word: "Pausing", icon: "paused", tone: "calm" },
  paused: { word: "Paused", icon: "paused", tone: "calm" },
  cancelling: { word: "Cancelling", icon: "cancelled", tone: "calm" },
  succeeded: { word: "Succeeded", icon: "succeeded", tone: "good" },
  partially_succeeded: { word: "Partly succeeded", icon: "failed", tone: "bad" },
  failed: { word: "Failed", icon: "failed", tone: "bad" },
  cancelled: { word: "Cancelled", icon: "cancelled", tone: "calm" },
};

export const FILE_STATES = {
  pending: { word: "Pending", icon: "queued", tone: "calm" },
  in_flight: { word: "In flight", icon: "running", tone: "busy" },
  succeeded: { word: "Succeeded", icon: "succeeded", tone: "good" },
  failed: { word: "Failed", icon: "failed", tone: "bad" },
  skipped: { word: "Skipped", icon: "skipped", tone: "calm" },
};

export const WAITING = {
  slot: "waits for a place among the running jobs",
  permit: "waits for a free request",
  store_backoff: "waits for the store, which asked to slow down",
  state_disk: "waits for the state's disk",
};

/** Which of the four buttons mean something now. */
export function verbs(job) {
  if (job.done) return job.state === "succeeded" ? [] : ["retry"];
  if (job.state === "cancelling") return [];
  return [job.state === "pausing" || job.state === "paused" ? "resume" : "pause", "cancel"];
}
