// A demo's inputs <-> the address bar; the other half is gallery/permalink.py.
//
// A port is one demo's end of it. Values are text, as in the address; those that equal the
// defaults are left out of it. While Python restores a link, changes are noted, not written.
"use strict";

(() => {
  const ports = new Map();
  const SETTLE = 150; // milliseconds until the components have told what a restored link set

  const text = (value) =>
    value === null || value === undefined ? "" :
    Array.isArray(value) ? value.join(",") :
    typeof value === "boolean" ? (value ? "1" : "0") : String(value);

  function portOf(demo) {
    if (!ports.has(demo)) ports.set(demo, { defaults: {}, values: {}, pushes: [], restoring: true, restore: null });
    return ports.get(demo);
  }

  function written(port) {
    const names = Object.keys(port.defaults);
    return Object.fromEntries(
      names.filter((name) => port.values[name] !== port.defaults[name]).map((name) => [name, port.values[name]]),
    );
  }

  /** What the address asks of a demo: every bound name, the default where it says nothing. */
  function asked(port) {
    const query = gallery.query();
    const names = Object.keys(port.defaults);
    return Object.fromEntries(names.map((name) => [name, query.has(name) ? query.get(name) : port.defaults[name]]));
  }

  const same = (a, b) => Object.keys(a).every((name) => a[name] === b[name]);

  function write(demo, push) {
    const port = portOf(demo);
    if (gallery.current() === demo && !port.restoring) gallery.setAddress(demo, written(port), push);
  }

  /** A demo's port stands in the page: its tab was opened for the first time. */
  gallery.port = (demo, defaults, pushes, restore) => {
    const port = portOf(demo);
    const first = port.restore === null;
    Object.assign(port, { defaults, pushes, restore });
    if (first) port.values = { ...defaults, ...port.values };
    gallery.restore(demo);
  };

  /** Bring a demo to what the address says; no request is sent where it is so already. */
  gallery.restore = (demo) => {
    const port = ports.get(demo);
    if (!port?.restore || gallery.addressed() !== demo) return port && (port.restoring = false);
    const goal = asked(port);
    if (same(goal, port.values)) return void (port.restoring = false);
    port.restoring = true;
    // Nothing but what differs, so that the answer takes back nothing that is done before it comes.
    port.restore(Object.fromEntries(Object.entries(goal).filter(([name, value]) => value !== port.values[name])));
  };

  /** Python has checked and set the values. */
  gallery.restored = (demo, values) => {
    const port = portOf(demo);
    Object.assign(port.values, values);
    setTimeout(() => {
      port.restoring = false;
      write(demo, false);
    }, SETTLE);
  };

  /** A bound component has a new value. */
  gallery.changed = (demo, name, value) => {
    const port = portOf(demo);
    if (port.values[name] === text(value)) return;
    port.values[name] = text(value);
    // Only what a person did makes an entry for the back button, and no slider's every step.
    write(demo, port.pushes.includes(name) && navigator.userActivation?.isActive === true);
  };

  gallery.valuesOf = (demo) => (ports.has(demo) ? written(portOf(demo)) : {});
})();
