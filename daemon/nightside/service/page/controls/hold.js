const HOLD_MS = 900;
const CONFIRM_MS = 5000;
const TOO_SOON_MS = 300;

export default {
  props: { says: String, icon: String, kind: String, disable: Boolean },
  emits: ["act"],
  template: `
    <button type="button" class="hold" :class="kind" :disabled="barred" :data-holding="holding || null"
      :style="{ '--hold-ms': '${HOLD_MS}ms' }" @pointerdown="press" @pointerup="cancel" @pointerleave="cancel"
      @pointercancel="cancel" @contextmenu.prevent @keydown="key" @click="click">
      <i class="q-icon material-icons" aria-hidden="true">{{ icon }}</i>
      <span>{{ says }}</span>
      <span class="unseen" role="status">{{ asked ? "Press again to confirm." : "" }}</span>
      <small class="quiet" aria-hidden="true">{{ hint }}</small>
    </button>`,
  data: () => ({ holding: false, asked: 0, reached: nightside.reached }),
  computed: {
    barred() {
      return this.disable || !this.reached;
    },
    hint() {
      if (!this.reached) return "not connected";
      return this.holding ? "keep holding…" : this.asked ? "press again" : "hold";
    },
  },
  methods: {
    press(event) {
      if (event.button || this.barred) return;
      this.holding = true;
      this.timer = setTimeout(this.act, HOLD_MS);
    },
    cancel() {
      clearTimeout(this.timer);
      this.holding = false;
    },
    key(event) {
      if (event.repeat && ["Enter", " "].includes(event.key)) event.preventDefault(); // a key that is held down is no second press
    },
    click(event) {
      if (event.detail) return; // of a pointer, which has to hold
      const now = performance.now();
      if (!this.asked) {
        this.asked = now;
        this.forget = setTimeout(() => (this.asked = 0), CONFIRM_MS);
      } else if (now - this.asked > TOO_SOON_MS) {
        this.act();
      }
    },
    act() {
      this.cancel();
      clearTimeout(this.forget);
      this.asked = 0;
      navigator.vibrate?.(60);
      this.$emit("act", nightside.now());
    },
  },
  mounted() {
    this.off = nightside.on("link", (reached) => {
      this.reached = reached;
      if (!reached) this.cancel();
    });
  },
  unmounted() {
    this.off();
    this.cancel();
    clearTimeout(this.forget);
  },
};
