export { addNamedObjectRoutes } from './named-object.routes.ts';
export { readNamedObject } from './named-objects.usecase.ts';
