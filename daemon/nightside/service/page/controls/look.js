const NAMES = { night: "Night (red)", dark: "Dark", light: "Light", utc: "UTC", local: "Local time of this device" };

export default {
  props: { loggedIn: Boolean },
  template: `
    <details class="look" ref="menu" @keydown.esc="close">
      <summary aria-label="Look and time zone"><i class="q-icon material-icons" style="font-size: 1.5rem" aria-hidden="true">contrast</i></summary>
      <div>
        <fieldset v-for="[name, legend] in [['theme', 'Theme'], ['zone', 'Times in']]">
          <legend>{{ legend }}</legend>
          <label v-for="value in choices[name]">
            <input type="radio" :name="name" :value="value" :checked="chosen[name] === value" @change="choose(name, value)">
            {{ names[value] }}
          </label>
        </fieldset>
        <button v-if="loggedIn" type="button" class="button" @click="leave">Log out</button>
      </div>
    </details>`,
  data: () => ({ chosen: { ...nightside.chosen }, choices: nightside.choices, names: NAMES }),
  methods: {
    choose(name, value) {
      nightside.choose(name, value);
    },
    close() {
      this.$refs.menu.open = false;
      this.$refs.menu.querySelector("summary").focus();
    },
    async leave() {
      await fetch("/api/v1/logout", { method: "POST" });
      location.assign("/login");
    },
    outside(event) {
      if (!this.$refs.menu.contains(event.target)) this.$refs.menu.open = false;
    },
  },
  mounted() {
    this.off = Object.keys(this.choices).map((name) => nightside.on(name, (value) => (this.chosen[name] = value)));
    document.addEventListener("pointerdown", this.outside);
  },
  unmounted() {
    this.off.forEach((off) => off());
    document.removeEventListener("pointerdown", this.outside);
  },
};
