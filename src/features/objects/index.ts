export { addNamedObjectRoutes } from './named-object.routes.ts';
export type { NamedObject } from './named-object.ts';
export { type NamedObjectStores, readNamedObject } from './named-objects.usecase.ts';
