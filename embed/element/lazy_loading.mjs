// How near to the screen an element loads, beyond which distance it is freed, and how long the worker stays without any.

/** From how far an element is loaded, and beyond which distance it is freed. */
const NEAR = "300px 0px";
const FAR = "3000px 0px";
/** How long the worker outlives the last element near the screen. */
const IDLE_MS = 20_000;

/** The elements that are near the screen: without any, the worker ends. */
const near = new Set();
let idle = 0;

/** What each element is told. */
const listeners = new WeakMap();

const observer = (margin, isFar) => new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) listeners.get(target)?.(isIntersecting, isFar);
}, { rootMargin: margin });
const [nearby, distant] = [observer(NEAR, false), observer(FAR, true)];

/** Calls `seen(isSeen, isFar)` when an element comes within one of the two distances, or leaves it; `isFar`: the larger one. */
export function observe(element, seen) {
  listeners.set(element, seen);
  nearby.observe(element);
  distant.observe(element);
}

export function unobserve(element) {
  nearby.unobserve(element);
  distant.unobserve(element);
}

/** Keeps whether an element is near the screen. While one is, the worker stays. */
export function setNear(element, isNear) {
  if (!isNear) return near.delete(element);
  near.add(element);
  clearTimeout(idle);
}

/** Ends the worker of a client some time after the last element went away from the screen. */
export function endWhenIdle(client) {
  if (near.size > 0) return;
  clearTimeout(idle);
  idle = setTimeout(() => near.size === 0 && client.isRunning && client.end(), IDLE_MS);
}
