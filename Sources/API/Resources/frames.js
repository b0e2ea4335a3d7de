// Work for the screen is collected and done once a frame, however many events asked for it.

const waiting = new Set();
let isAsked = false;

/** Runs `task` before the next frame; the same function asked for twice runs once. */
export function beforeNextFrame(task) {
  waiting.add(task);
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame((now) => {
    isAsked = false;
    const tasks = [...waiting];
    waiting.clear();
    for (const task of tasks) task(now);
  });
}

export function forgetFrame(task) {
  waiting.delete(task);
}
