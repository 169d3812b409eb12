export { addIdSelfieRoutes } from './id-selfie.routes.ts';
export { addRekognitionRoutes, type RekognitionOptions } from './rekognition.routes.ts';
