// The last picture of live view. It says when it has drawn one, and says nothing while nobody can see it: then live view ends.
export default {
  emits: ["drawn", "aim"],
  template: `
    <button type="button" class="finder" :disabled="!source" @click="aim"
      aria-label="Live view. Press a place in it to magnify that; by keyboard, its middle.">
      <img v-if="source" :src="source" alt="" @load="loaded">
      <i v-else class="q-icon material-icons" aria-hidden="true">center_focus_weak</i>
    </button>`,
  data: () => ({ source: "" }),
  methods: {
    show(jpeg) {
      this.source = jpeg && `data:image/jpeg;base64,${jpeg}`;
    },
    loaded() {
      if (!document.hidden) requestAnimationFrame(() => this.$emit("drawn"));
    },
    aim(event) {
      const box = event.currentTarget.getBoundingClientRect();
      const byKeyboard = event.detail === 0;
      this.$emit("aim", {
        x: byKeyboard ? 0.5 : (event.clientX - box.left) / box.width, y: byKeyboard ? 0.5 : (event.clientY - box.top) / box.height,
      });
    },
  },
};
