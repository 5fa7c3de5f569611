// The packs that somebody opened from a file or an address: where the browser keeps them.

/** The key of a bundle begins with this; the name of its pack follows. */
const PACK = "stageplay.pack.";

export function own_packs() {
  const found = [];
  try {
    for (let at = 0; at < localStorage.length; at += 1) {
      const key = localStorage.key(at);
      if (key.startsWith(PACK)) found.push(key.slice(PACK.length));
    }
  } catch {}
  return found.sort();
}

const memory = new Map();

/** `is_stored`: whether it stays when the page is closed. */
export function keep_pack(name, bundle, is_stored = true) {
  memory.set(name, bundle);
  if (!is_stored) return true;
  try {
    localStorage.setItem(PACK + name, bundle);
    return true;
  } catch {
    return false;
  }
}

export function kept_pack(name) {
  try {
    return memory.get(name) ?? localStorage.getItem(PACK + name) ?? null;
  } catch {
    return memory.get(name) ?? null;
  }
}

export function forget_pack(name) {
  memory.delete(name);
  try {
    localStorage.removeItem(PACK + name);
  } catch {}
}
