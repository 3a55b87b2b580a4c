// Time series chart: uPlot with the page's colours. Loaded through lazy.js by the pages that show it.
import uPlot from "uplot";

const SERIES = ["--c-blue", "--c-teal", "--c-orange", "--c-violet", "--c-green", "--c-red", "--c-grey"];
const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A value with its unit: "bytes", "percent" (0 to 100), "cores", or anything else for a plain number. */
function formatter(unit, locale) {
  const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  if (unit === "bytes") {
    return (value) => {
      const power = value === 0 ? 0 : Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(value)) / 10)));
      return `${number.format(value / 1024 ** power)} ${BYTES[power]}`;
    };
  }
  if (unit === "percent") {
    return (value) => `${number.format(value)} %`;
  }
  if (unit === "cores") {
    return (value) => (Math.abs(value) < 1 && value !== 0 ? `${number.format(value * 1000)}m` : number.format(value));
  }
  return (value) => number.format(value);
}

function options(element, settings, format) {
  const style = getComputedStyle(element);
  const token = (name) => style.getPropertyValue(name).trim();
  const time = new Intl.DateTimeFormat(settings.locale, { hour: "2-digit", minute: "2-digit", timeZone: settings.timeZone });
  const moment = new Intl.DateTimeFormat(settings.locale, { dateStyle: "short", timeStyle: "medium", timeZone: settings.timeZone });
  const axis = {
    stroke: token("--ink-3"), font: `11px ${token("--font-sans") || "sans-serif"}`,
    grid: { stroke: token("--line-soft"), width: 1 }, ticks: { stroke: token("--line"), width: 1, size: 4 },
  };
  return {
    width: Math.max(120, element.clientWidth),
    height: settings.height ?? 180,
    cursor: { sync: settings.syncKey ? { key: settings.syncKey } : undefined, drag: { x: Boolean(settings.onSelect), y: false } },
    legend: { show: settings.legend !== false, live: true },
    scales: { x: { time: true }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), settings.max ?? ((high ?? 0) > 0 ? high * 1.1 : 1)] } },
    axes: [
      { ...axis, values: (_, splits) => splits.map((second) => time.format(second * 1000)) },
      { ...axis, size: 64, values: (_, splits) => splits.map(format) },
    ],
    series: [
      { label: settings.timeLabel ?? "", value: (_, second) => (second == null ? "–" : moment.format(second * 1000)) },
      ...settings.series.map((series, index) => {
        const colour = token(series.colour ?? SERIES[index % SERIES.length]) || series.colour;
        return {
          label: series.label, stroke: colour, width: series.width ?? 1.5, dash: series.dash,
          fill: series.fill ? `color-mix(in srgb, ${colour} 12%, transparent)` : undefined,
          points: { show: false }, spanGaps: false,
          value: (_, value) => (value == null ? "–" : format(value)),
        };
      }),
    ],
    hooks: {
      setSelect: [(plot) => {
        if (plot.select.width > 0) {
          settings.onSelect?.(plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x"));
        }
      }],
    },
  };
}

/**
 * Puts a chart into `element` and keeps it as wide as the element.
 *
 * settings:
 *   series    [{ label, colour: "--c-blue" or a CSS colour, width, dash: [4, 2], fill }]
 *   data      [times, values of series 1, …]; times in seconds since 1970, a gap is null
 *   unit      "bytes" | "percent" | "cores" | other: plain number
 *   height    pixels, default 180
 *   max       fixed top of the value axis
 *   locale, timeZone, timeLabel
 *   legend    false hides it
 *   syncKey   charts with the same key share their cross-hair
 *   onSelect  (from, to) the user dragged over a span, in seconds
 *
 * Answers { setData, setTheme, dispose }.
 */
export function mount(element, settings) {
  const format = formatter(settings.unit, settings.locale);
  let data = settings.data;
  let plot = new uPlot(options(element, settings, format), data, element);
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0 && element.clientWidth !== plot.width) {
      plot.setSize({ width: element.clientWidth, height: plot.height });
    }
  });
  observer.observe(element);
  return {
    setData(next) {
      data = next;
      plot.setData(next);
    },
    /** Draws anew with the colours that the page has now. */
    setTheme() {
      plot.destroy();
      plot = new uPlot(options(element, settings, format), data, element);
    },
    dispose() {
      observer.disconnect();
      plot.destroy();
    },
  };
}
