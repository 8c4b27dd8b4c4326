// A row of numbers as a line, scaled to itself; the last one is a dot, the least a dashed level.
export default {
  props: { values: Array, says: String },
  template: `
    <svg class="trend" viewBox="0 0 300 90" preserveAspectRatio="none" role="img" :aria-label="says">
      <line v-if="values.length" x1="0" x2="300" :y1="y(least)" :y2="y(least)" class="trend-least" />
      <polyline :points="path" />
      <line v-if="values.length" :x1="x(values.length - 1)" :x2="x(values.length - 1)" :y1="last" :y2="last" class="trend-last" />
    </svg>`,
  computed: {
    least() {
      return Math.min(...this.values);
    },
    most() {
      return Math.max(...this.values, this.least + 0.5);
    },
    last() {
      return this.y(this.values.at(-1));
    },
    path() {
      return this.values.map((value, i) => `${this.x(i)},${this.y(value)}`).join(" ");
    },
  },
  methods: {
    x(i) {
      return 6 + (288 * i) / Math.max(this.values.length - 1, 1);
    },
    y(value) {
      return 82 - (74 * (value - this.least)) / (this.most - this.least);
    },
  },
};
