export { addNamedObjectRoutes } from './named-object.routes.ts';
export { bucketPattern, namePattern } from './named-object.ts';
export { putNamedObject, readNamedObject } from './named-objects.usecase.ts';
