const COLOURS = { red: "#e05252", green: "#4fae62", blue: "#5b8def" };

export default {
  props: { src: String },
  template: `
    <figure v-if="shades" class="histogram">
      <svg viewBox="0 0 64 32" preserveAspectRatio="none" role="img" :aria-label="'Histogram. ' + burnt">
        <path v-for="(d, name) in paths" :d="d" fill="none" :stroke="colours[name]" stroke-width=".6" vector-effect="non-scaling-stroke" />
      </svg>
      <figcaption class="quiet"><span>black</span><span>{{ burnt }}</span><span>white</span></figcaption>
    </figure>`,
  data: () => ({ shades: null, colours: COLOURS }),
  computed: {
    burnt() {
      return `${(this.shades.burnt * 100).toFixed(1)} % of the pixels are full.`;
    },
    paths() {
      // Roots: in a night sky nearly everything is black, and the rest is what counts.
      const highest = Math.sqrt(Math.max(...Object.keys(COLOURS).flatMap((name) => this.shades[name])));
      const line = (counts) => counts.map((count, at) => `${at ? "L" : "M"}${at + 0.5} ${31.5 - (31 * Math.sqrt(count)) / highest}`).join("");
      return Object.fromEntries(Object.keys(COLOURS).map((name) => [name, line(this.shades[name])]));
    },
  },
  methods: {
    async ask() {
      try {
        const answer = await fetch(this.src);
        this.shades = answer.ok ? await answer.json() : null;
      } catch {
        this.shades = null; // offline: the banner says so
      }
    },
  },
  watch: { src: "ask" },
  mounted() {
    this.ask();
  },
};
