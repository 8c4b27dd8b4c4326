export default {
  props: { src: String, alt: String, tile: Boolean },
  template: `
    <span class="picture" :class="{ tile }">
      <img v-if="!failed" :src="src" :alt="alt" loading="lazy" decoding="async" @error="failed = true">
      <span v-else class="quiet" role="note">{{ alt }}: no picture yet. It comes when its file is drained from the card.</span>
    </span>`,
  data: () => ({ failed: false }),
  watch: {
    src() {
      this.failed = false;
    },
  },
};
