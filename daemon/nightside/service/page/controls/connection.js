const LIFE = "nightside-life";
const TOLD_MS = 8000;

export default {
  props: { life: String },
  template: `
    <div role="status" aria-live="polite">
      <div v-if="lost" class="banner">
        <strong>Connection lost at {{ lost }}.</strong>
        What you see is from then. The daemon goes on by itself; this page tries to reach it…
      </div>
      <div v-else-if="told" class="banner told">{{ told }}</div>
    </div>`,
  data: () => ({ lost: "", told: "" }),
  methods: {
    tell(what) {
      this.told = what;
      setTimeout(() => (this.told = ""), TOLD_MS);
    },
    watch() {
      if (!window.socket) {
        this.waiting = setTimeout(this.watch, 20); // it is made once the whole page is mounted
        return;
      }
      window.socket.on("disconnect", () => {
        this.lost = nightside.written(new Date(nightside.now()), "time");
        document.documentElement.dataset.offline = "";
      });
      window.socket.on("connect", () => {
        if (this.lost) this.tell("Connected again.");
        this.lost = "";
        delete document.documentElement.dataset.offline;
        nightside.askClock();
      });
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
