export default {
  props: { at: String, form: { type: String, default: "minute" } },
  template: `<time :datetime="at" :title="title">{{ text }}</time>`,
  data: () => ({ zone: nightside.chosen.zone }),
  computed: {
    text() {
      return this.zone && nightside.written(new Date(this.at), this.form);
    },
    title() {
      return `${this.at.slice(0, 19).replace("T", " ")} UTC`;
    },
  },
  mounted() {
    this.off = nightside.on("zone", (zone) => (this.zone = zone));
  },
  unmounted() {
    this.off();
  },
};
