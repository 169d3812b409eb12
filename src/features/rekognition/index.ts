export { addFaceLivenessRoutes } from './face-liveness.routes.ts';
export { addIdSelfieRoutes } from './id-selfie.routes.ts';
export { addRekognitionRoutes } from './rekognition.routes.ts';
