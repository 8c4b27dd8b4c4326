// A box of a form. What is typed in it stays until it is told, however often the rest of the page is drawn anew meanwhile.
export default {
  props: { given: String },
  emits: ["tell"],
  template: `<input ref="box" @change="$emit('tell', $event.target.value)">`,
  mounted() {
    this.$refs.box.value = this.given ?? "";
  },
};
