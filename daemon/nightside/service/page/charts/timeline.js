// The next day as lanes of spans. Shapes and words tell them apart, colours only help: in the night theme there is one.
const LIGHTS = {
  day: "Day", civil: "Civil twilight", nautical: "Nautical twilight", astronomical: "Astronomical twilight", night: "Night",
  penumbra: "Penumbra", umbra: "Umbra",
};
const ASK_MS = 60_000;
const NOW_MS = 15_000;
const STEP = 0.25;
const LANE_PX = 54;
const ms = (text) => Date.parse(text);

function lanesOf(outlook) {
  const span = (from, kind, says, more = {}) => ({ from: ms(from.start), to: ms(from.end), kind, says, ...more });
  const plans = outlook.plans;
  const shots = plans.reduce((sum, plan) => sum + plan.shots, 0);
  const moon = outlook.moon;
  const lanes = [
    { title: outlook.aboard ? "Light in orbit" : "Light", spans: outlook.light.map((lit) => span(lit, lit.light, LIGHTS[lit.light])) },
    moon && {
      title: `Moon up, ${Math.round(moon.fraction * 100)} % ${moon.waxing ? "waxing" : "waning"}`,
      spans: moon.up.map((up) => span(up, "moon", "Moon up")),
    },
    ...outlook.duty.map((duty) => ({ title: duty.name, spans: duty.during.map((on) => span(on, "duty", duty.name)) })),
    { title: `Nights: ${outlook.condition}`, spans: outlook.nights.map((night) => span(night, "window", "Night")) },
    {
      title: `Shots: ${shots} planned`,
      spans: plans.flatMap((plan) =>
        plan.runs.map((run) =>
          span(run, plan.laid ? "laid" : "tried", `${run.program}: ${run.shots} × ${run.exposure_s === null ? "several lengths" : `${run.exposure_s} s`}`),
        ),
      ),
    },
    { title: "Frames come off the card, expected", spans: plans.filter((plan) => plan.drain).map((plan) => span(plan.drain, "drain", "Drain")) },
  ];
  return lanes.filter(Boolean);
}

export default {
  template: `
    <div class="timeline">
      <p v-if="fault" class="quiet" role="status">{{ fault }}</p>
      <div v-if="broken" class="state" role="note">
        <p>The timeline could not be loaded, so it is not drawn. The nights are listed in words below.</p>
        <p>Load the page again to try once more.</p>
      </div>
      <div v-if="!broken" ref="group" role="group" tabindex="0" :aria-label="label" @keydown="key" class="timeline-chart" :style="{ height: height + 'px' }">
        <div ref="chart" aria-hidden="true" style="width: 100%; height: 100%"></div>
      </div>
      <div v-if="!broken" class="row timeline-keys" role="group" aria-label="Move the timeline">
        <button v-for="[name, symbol, act] in keys" type="button" class="button" :aria-label="name" :title="name" @click="move(act)">
          <i class="q-icon material-icons" aria-hidden="true">{{ symbol }}</i>
        </button>
      </div>
    </div>`,
  data: () => ({
    fault: "", lanes: 5, broken: false,
    keys: [
      ["Earlier", "chevron_left", "ArrowLeft"], ["Later", "chevron_right", "ArrowRight"],
      ["Closer", "zoom_in", "+"], ["Wider", "zoom_out", "-"], ["The whole day", "zoom_out_map", "0"],
    ],
  }),
  computed: {
    height() {
      return this.lanes * LANE_PX + 44;
    },
    label: () => "Timeline of the next 24 hours. Arrow keys move it, plus and minus zoom, 0 shows all. The same is in words below.",
  },
  methods: {
    async ask() {
      if (document.hidden) return;
      try {
        const answer = await fetch("/api/v1/outlook");
        if (!answer.ok) throw new Error();
        this.outlook = await answer.json();
        this.fault = "";
        this.draw();
      } catch {
        this.fault = this.outlook ? "This is as it was when the daemon was last reached." : "The daemon does not answer.";
      }
    },
    draw() {
      if (!this.outlook || !this.chart) return;
      const lanes = lanesOf(this.outlook);
      this.lanes = lanes.length;
      const text = nightside.colour("text");
      const quiet = nightside.colour("quiet");
      const data = lanes.flatMap((lane, row) => lane.spans.map((span) => ({ value: [span.from, span.to, row], ...span })));
      const zone = nightside.chosen.zone;
      const hour = (at) => nightside.written(new Date(at), "minute").slice(0, 5);
      this.chart.setOption(
        {
          animation: false,
          useUTC: zone === "utc",
          textStyle: { fontFamily: "inherit", color: text, fontSize: 13 },
          grid: { left: 1, right: 1, top: 0, bottom: 44 },
          tooltip: {
            trigger: "item", confine: true, backgroundColor: nightside.colour("raised"), borderColor: nightside.colour("line"),
            textStyle: { color: text },
            formatter: ({ data }) => {
              const box = document.createElement("div");
              box.textContent = `${data.says}, ${hour(data.from)} to ${nightside.written(new Date(data.to), "minute")}`;
              return box;
            },
          },
          xAxis: {
            type: "time", min: ms(this.outlook.start), max: ms(this.outlook.end), name: zone === "utc" ? "UTC" : "local",
            nameLocation: "middle", nameGap: 24, nameTextStyle: { color: quiet },
            axisLabel: { color: text, hideOverlap: true, formatter: hour, alignMinLabel: "left" },
            axisLine: { lineStyle: { color: nightside.colour("line") } },
            splitLine: { show: true, lineStyle: { color: nightside.colour("faint") } },
          },
          yAxis: { type: "value", min: 0, max: lanes.length, inverse: true, show: false },
          dataZoom: [
            { type: "inside", filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseMove: true, minValueSpan: 600_000 },
          ],
          series: [
            { type: "custom", data, encode: { x: [0, 1], y: 2 }, renderItem: (params, api) => this.shape(params, api, data), clip: true },
            {
              type: "custom", silent: true, z: 5, data: lanes.map((lane, row) => [row]), encode: { y: 0, x: -1 },
              renderItem: (params, api) => this.title(params, api, lanes),
            },
            {
              type: "line", data: [], markLine: {
                silent: true, symbol: "none", animation: false, data: [{ xAxis: nightside.now() }],
                lineStyle: { color: text, width: 2, type: "solid" }, label: { show: false },
              },
            },
          ],
        },
        { replaceMerge: ["series"] },
      );
    },
    shape(params, api, data) {
      const { kind, from, to } = data[params.dataIndex];
      const row = api.value(2);
      const [left, top] = api.coord([from, row]);
      const [right, bottom] = api.coord([to, row + 1]);
      const area = params.coordSys;
      const thin = kind === "drain" ? 12 : 0;
      const x = Math.max(left, area.x);
      const width = Math.min(right, area.x + area.width) - x;
      if (width <= 0) return;
      const rect = { x, y: top + 24 + thin / 2, width: Math.max(width, 2), height: bottom - top - 30 - thin };
      const plain = { fill: nightside.colour(`sky-${kind}`) || nightside.colour("accent") };
      const outlined = { fill: nightside.colour("faint"), stroke: nightside.colour("accent"), lineWidth: 1.5 };
      const dashed = { fill: "transparent", stroke: nightside.colour("accent"), lineWidth: 1.5, lineDash: [4, 3] };
      return { type: "rect", shape: rect, style: { window: outlined, tried: dashed, drain: outlined, duty: dashed }[kind] ?? plain };
    },
    title(params, api, lanes) {
      const row = params.dataIndex;
      const [, top] = api.coord([api.value(0), row]);
      const area = params.coordSys;
      return {
        type: "text",
        style: {
          x: area.x + 4, y: top + 5, text: lanes[row].title, fill: nightside.colour("text"), width: area.width - 8, overflow: "truncate",
          font: "600 14px Roboto, system-ui, sans-serif",
        },
      };
    },
    tick() {
      if (document.hidden || !this.outlook) return;
      this.chart?.setOption({ series: [{}, {}, { markLine: { data: [{ xAxis: nightside.now() }] } }] });
    },
    key(event) {
      if (["ArrowLeft", "ArrowRight", "+", "=", "-", "0"].includes(event.key)) {
        event.preventDefault();
        this.move(event.key);
      }
    },
    move(act) {
      const { start, end } = this.chart.getOption().dataZoom[0];
      const width = end - start;
      let [low, high] = [start, end];
      if (act === "0") [low, high] = [0, 100];
      if (act === "ArrowLeft") [low, high] = [start - width * STEP, end - width * STEP];
      if (act === "ArrowRight") [low, high] = [start + width * STEP, end + width * STEP];
      if (act === "+" || act === "=") [low, high] = [start + width * STEP, end - width * STEP];
      if (act === "-") [low, high] = [start - width / 2, end + width / 2];
      if (low < 0) [low, high] = [0, Math.min(100, high - low)];
      if (high > 100) [low, high] = [Math.max(0, low - high + 100), 100];
      this.chart.dispatchAction({ type: "dataZoom", start: low, end: high });
    },
  },
  async mounted() {
    let echarts;
    try {
      ({ echarts } = await import("nicegui-echart"));
    } catch (error) {
      console.error(error);
      this.broken = true;
      return;
    }
    if (!this.$refs.chart) return;
    this.chart = echarts.init(this.$refs.chart);
    this.sized = new ResizeObserver(() => this.chart.resize());
    this.sized.observe(this.$refs.chart);
    this.off = [nightside.on("theme", () => this.draw()), nightside.on("zone", () => this.draw()), nightside.on("clock", () => this.tick())];
    this.seen = () => this.ask();
    document.addEventListener("visibilitychange", this.seen);
    this.timers = [setInterval(() => this.ask(), ASK_MS), setInterval(() => this.tick(), NOW_MS)];
    await this.ask();
    this.$el.dataset.drawn = "";
  },
  unmounted() {
    this.timers?.forEach(clearInterval);
    this.off?.forEach((off) => off());
    document.removeEventListener("visibilitychange", this.seen);
    this.sized?.disconnect();
    this.chart?.dispose();
  },
};
