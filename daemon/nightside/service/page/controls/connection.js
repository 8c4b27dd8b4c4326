const LIFE = "nightside-life";
const TOLD_MS = 8000;

export default {
  props: { life: String },
  template: `
    <div role="status" aria-live="polite">
      <div v-if="lost" class="banner">
        <strong>Connection lost at {{ lost }}.</strong>
        What you see is from then. The daemon goes on by itself; this page tries to reach it…
        <strong v-if="dropped">What you pressed has not been done.</strong>
      </div>
      <div v-else-if="told" class="banner told">{{ told }}</div>
    </div>`,
  data: () => ({ lost: "", told: "", dropped: false }),
  methods: {
    tell(what) {
      this.told = what;
      setTimeout(() => (this.told = ""), TOLD_MS);
    },
    lose() {
      this.lost ||= nightside.written(new Date(nightside.now()), "time");
      nightside.reach(false);
    },
    async knock() {
      this.lose();
      const answer = await fetch("/api/v1/clock", { cache: "no-store" }).catch(() => null);
      // It is there, and lets nobody in: the session has ended, or its token was revoked.
      if (answer?.status === 401) location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search)}`);
    },
    find() {
      if (this.lost) this.tell("Connected again. What you see is true now.");
      this.lost = "";
      this.dropped = false;
      nightside.reach(true);
      nightside.askClock();
    },
    watch() {
      const socket = window.socket;
      if (!socket) {
        this.waiting = setTimeout(this.watch, 20); // it is made once the whole page is mounted
        return;
      }
      const emit = socket.emit.bind(socket);
      socket.emit = (name, ...words) => {
        // The library would keep what is pressed now, and pass it on whenever it can: a shutter that opens minutes later.
        if (name === "event" && !socket.connected) {
          this.dropped = true;
          return socket;
        }
        return emit(name, ...words);
      };
      // NiceGUI loads the page anew when a try takes too long; a browser that reaches nobody shows an empty page of its own then.
      socket.off("connect_error");
      socket.on("connect_error", ({ message }) => (message.includes("handshake") ? location.reload() : this.knock()));
      socket.on("disconnect", this.lose);
      socket.on("connect", this.find);
    },
  },
  mounted() {
    const before = sessionStorage.getItem(LIFE);
    sessionStorage.setItem(LIFE, this.life);
    if (before && before !== this.life) this.tell("The daemon was restarted. What you see is new.");
    this.watch();
  },
  unmounted() {
    clearTimeout(this.waiting);
  },
};
