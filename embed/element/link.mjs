// The link that opens a workspace in Stageplay: docs/formats/share-link.md.

import { decode, encode } from "../base64url.mjs";

/** The longest link, in characters. */
export const MAX_LINK = 1 << 19;

/** base64url of a text's UTF-8. */
export const base64url = (text) => encode(new TextEncoder().encode(text));

/** The text of base64url; undefined if it is none. */
export function fromBase64url(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(decode(data));
  } catch {
    return undefined;
  }
}

/** The link of a workspace; undefined if it would be too long, or there is no site. */
export function shareLink(site, workspace) {
  if (!site) return undefined;
  const link = base64url(JSON.stringify(workspace));
  return link.length > MAX_LINK ? undefined : `${site}#w=${link}`;
}
