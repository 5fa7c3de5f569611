export default {
  title: "A site",
  url: "http://localhost",
  baseUrl: "/",
  onBrokenLinks: "ignore",
  scripts: [{ src: "{folder}stage-play.mjs", type: "module" }],
  presets: [["classic", { docs: { routeBasePath: "/", sidebarPath: false }, blog: false, pages: false }]],
};
