function written(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h >= 48) return `${Math.floor(h / 24)} d ${h % 24} h`;
  return h ? `${h} h ${String(m).padStart(2, "0")} min` : m ? `${m} min ${String(s).padStart(2, "0")} s` : `${s} s`;
}

export default {
  props: { until: String, since: String },
  template: `
    <span class="countdown">
      <span role="timer" aria-live="off" class="big">{{ text }}</span>
      <progress v-if="since" max="1" :value="done" aria-hidden="true"></progress>
    </span>`,
  data: () => ({ now: nightside.now() }),
  computed: {
    text() {
      return written((Date.parse(this.until) - this.now) / 1000);
    },
    done() {
      const begin = Date.parse(this.since);
      return Math.min(1, Math.max(0, (this.now - begin) / (Date.parse(this.until) - begin)));
    },
  },
  mounted() {
    const look = () => (this.now = nightside.now());
    this.timer = setInterval(() => document.hidden || look(), 250);
    this.off = nightside.on("clock", look);
  },
  unmounted() {
    clearInterval(this.timer);
    this.off();
  },
};
