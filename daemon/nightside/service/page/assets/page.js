// What a browser keeps and knows by itself: theme, zone of times, the daemon's clock. Loaded in the head, before anything is drawn.
(() => {
  const CHOICES = { theme: ["night", "dark", "light"], zone: ["utc", "local"] };
  const heard = { theme: [], zone: [], clock: [], link: [] };
  const chosen = {};
  const root = document.documentElement;

  function kept(name) {
    try {
      const value = localStorage.getItem(`nightside-${name}`);
      return CHOICES[name].includes(value) ? value : CHOICES[name][0];
    } catch {
      return CHOICES[name][0]; // a browser that keeps nothing
    }
  }

  function show(name, value) {
    chosen[name] = value;
    root.dataset[name] = value;
    if (name === "theme" && typeof setDark === "function") setDark(value !== "light");
    heard[name].forEach((listener) => listener(value));
  }

  // Two answers of the daemon's clock a minute apart would tell no more than one does.
  const clock = { utc: Date.now(), here: performance.now(), speed: 1 };
  async function askClock() {
    try {
      const asked = performance.now();
      const answer = await fetch("/api/v1/clock", { cache: "no-store" });
      if (!answer.ok) return;
      const { utc, speed } = await answer.json();
      const here = (asked + performance.now()) / 2;
      Object.assign(clock, { utc: Date.parse(utc), here, speed });
      heard.clock.forEach((listener) => listener());
    } catch {
      // offline: the clock that was asked last goes on
    }
  }

  window.nightside = {
    choices: CHOICES,
    chosen,
    choose(name, value) {
      try {
        localStorage.setItem(`nightside-${name}`, value);
      } catch {
        // it holds until the page is left
      }
      show(name, value);
    },
    on(name, listener) {
      heard[name].push(listener);
      return () => heard[name].splice(heard[name].indexOf(listener), 1);
    },
    now: () => clock.utc + (performance.now() - clock.here) * clock.speed,
    askClock,
    reached: true,
    reach(yes) {
      this.reached = yes;
      root.toggleAttribute("data-offline", !yes);
      heard.link.forEach((listener) => listener(yes));
    },
    colour: (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim(),
    written(at, form) {
      const local = chosen.zone === "local";
      const zone = local ? undefined : "UTC";
      const pad = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
      const clockTime = new Intl.DateTimeFormat("en-GB", form === "time" ? { ...pad, second: "2-digit" } : pad).format(at);
      const day = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: zone };
      const date = form === "day" ? `${new Intl.DateTimeFormat("en-GB", day).format(at)}, ` : "";
      return `${date}${clockTime} ${local ? "local" : "UTC"}`;
    },
  };

  Object.keys(CHOICES).forEach((name) => show(name, kept(name)));
  addEventListener("storage", ({ key }) => {
    const name = key?.replace("nightside-", "");
    if (name in CHOICES) show(name, kept(name));
  });
  document.addEventListener("DOMContentLoaded", () => show("theme", chosen.theme));
  document.addEventListener("visibilitychange", () => document.hidden || askClock());
  if (!document.querySelector("script[data-no-clock]")) askClock();
})();
