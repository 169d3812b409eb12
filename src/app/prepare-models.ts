import {
  isConvertible,
  packageCacheDir,
  prepareModels,
  readCatalogue,
} from '../features/models/index.ts';

/** Run by `npm run prepare`: converts the default models once, so that the first start has nothing to do. */
const cards = (await readCatalogue()).filter(isConvertible);
const start = performance.now();
await prepareModels(cards, packageCacheDir, ({ card, outcome, ms }) => {
  console.log(`models: ${outcome} ${card.name} (${card.role}, ${Math.round(ms)} ms)`);
});
console.log(`models: ${cards.length} ready in ${Math.round(performance.now() - start)} ms`);
