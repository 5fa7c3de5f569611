// Statements of the Experience API (xAPI 1.0.3).

const VERBS = "http://adlnet.gov/expapi/verbs/";

/** Statements for a learning record store, as far as the package names one. */
export class Xapi {
  constructor(settings, student, activity, title) {
    this.settings = settings;
    this.actor = { objectType: "Agent", name: student.name || student.id || "?", account: { homePage: location.origin, name: student.id || "anonymous" } };
    this.object = { objectType: "Activity", id: activity, definition: { name: { und: title } } };
  }

  send(verb, result) {
    if (!this.settings) return;
    const { endpoint, authorization } = this.settings;
    const statement = {
      actor: this.actor, object: this.object, timestamp: new Date().toISOString(), verb: { id: VERBS + verb, display: { en: verb } }, ...(result ? { result } : {}),
    };
    const headers = { "Content-Type": "application/json", "X-Experience-API-Version": "1.0.3", ...(authorization ? { Authorization: authorization } : {}) };
    // A store that cannot be reached does not hinder the work.
    fetch(new URL("statements", endpoint.endsWith("/") ? endpoint : `${endpoint}/`), { method: "POST", headers, body: JSON.stringify(statement), keepalive: true, credentials: "omit" }).catch(() => {});
  }
}
