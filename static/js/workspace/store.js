// Saves each criterion by itself: one request in flight per criterion, what comes meanwhile waits and is merged.
// What is not saved yet lies in sessionStorage and goes out after a reload, under the same save_id.

import { uuid } from "./api.js";

const PAUSES = [1, 2, 4, 8, 16, 30];

export function makeStore({ send, name, versionOf, shows }) {
  const entries = new Map();
  let isClosed = false;

  function entry(key) {
    if (!entries.has(key)) {
      entries.set(key, { version: versionOf(key), next: null, flight: null, tries: 0, timer: 0, theirs: undefined });
    }
    return entries.get(key);
  }

  function keep() {
    const waiting = [...entries].filter(([, one]) => one.flight || one.next);
    const kept = Object.fromEntries(waiting.map(([key, { flight, next }]) => [key, { flight, next }]));
    if (waiting.length) sessionStorage.setItem(name, JSON.stringify(kept));
    else sessionStorage.removeItem(name);
    shows.unsaved(waiting.length, waiting.filter(([, one]) => one.tries > 0).length);
  }

  function change(key, fields) {
    const one = entry(key);
    one.next = { ...one.next, ...fields };
    keep();
    pump(key);
  }

  function pump(key) {
    const one = entry(key);
    if (isClosed || one.flight || !one.next || one.theirs !== undefined) return;
    one.flight = { change: one.next, save_id: uuid(), row_version: one.version };
    one.next = null;
    keep();
    attempt(key);
  }

  async function attempt(key) {
    const one = entry(key);
    const { change: fields, save_id, row_version } = one.flight;
    shows.state(key, "saving");
    const { status, data } = await send("PUT", `../answers/${encodeURIComponent(key)}/`, { ...fields, save_id, row_version });
    if (status === 200) landed(key, data);
    else if (status === 409 && "current" in data) conflict(key, data.current);
    else if ([403, 404, 409].includes(status)) close(data.error ?? "This evaluation is not open any more.");
    else if ([400, 422, 428].includes(status)) refuse(key, data.error);
    else again(key, status);
  }

  function landed(key, data) {
    const one = entry(key);
    Object.assign(one, { flight: null, tries: 0, version: data.answers[key].row_version });
    keep();
    shows.saved(key, data, Boolean(one.next));
    pump(key);
  }

  function again(key, status) {
    const one = entry(key);
    const pause = PAUSES[Math.min(one.tries, PAUSES.length - 1)];
    one.tries += 1;
    shows.state(key, status === 401 ? "signed-out" : "retrying");
    keep();
    one.timer = setTimeout(() => attempt(key), pause * 1000);
  }

  function refuse(key, sentence) {
    Object.assign(entry(key), { flight: null, tries: 0 });
    keep();
    shows.state(key, "refused", sentence);
    pump(key);
  }

  function conflict(key, current) {
    entry(key).theirs = current;
    shows.conflict(key, current, (mine) => resolve(key, mine));
  }

  function resolve(key, mine) {
    const one = entry(key);
    const current = one.theirs;
    one.version = current?.row_version ?? 0;
    one.next = mine ? { ...one.flight.change, ...one.next } : null;
    Object.assign(one, { flight: null, theirs: undefined, tries: 0 });
    keep();
    if (mine) pump(key);
    else shows.theirs(key, current);
  }

  function close(sentence) {
    isClosed = true;
    entries.forEach((one) => clearTimeout(one.timer));
    shows.closed(sentence);
  }

  function resume() {
    const kept = JSON.parse(sessionStorage.getItem(name) ?? "{}");
    for (const [key, { flight, next }] of Object.entries(kept)) {
      const one = entry(key);
      Object.assign(one, { flight, next });
      shows.pending(key, { ...flight?.change, ...next });
      if (flight) attempt(key);
      else pump(key);
    }
    keep();
  }

  addEventListener("online", () => {
    entries.forEach((one, key) => {
      if (one.tries && one.flight) {
        clearTimeout(one.timer);
        attempt(key);
      }
    });
  });

  return {
    change,
    resume,
    version: (key) => entry(key).version,
    setVersion: (key, version) => (entry(key).version = version),
    waiting: () => [...entries.values()].filter((one) => one.flight || one.next).length,
    forget: () => sessionStorage.removeItem(name),
    isClosed: () => isClosed,
  };
}
