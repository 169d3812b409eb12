export { type DeliveryDeps, deliverDue } from './deliver.usecase.ts';
export {
  findDelivery,
  listDeliveries,
  replayDead,
  replayDelivery,
  sendTestEvent,
} from './deliveries.usecase.ts';
export { startDelivery } from './delivery-loop.usecase.ts';
export {
  type Caller,
  changeWebhook,
  createWebhook,
  findWebhook,
  listWebhooks,
  removeWebhook,
  rotateSecret,
  type WebhookStores,
} from './manage-webhooks.usecase.ts';
export { eraseEvents, type NewEvent, pruneEvents, publishEvent } from './publish-event.usecase.ts';
export { signatureHeaders, toSigningSecret } from './signing.ts';
export { addWebhookRoutes, type WebhookRoutesOptions } from './webhook.routes.ts';
export {
  type Delivery,
  type DeliveryState,
  deliveryStates,
  type Webhook,
  WebhookSettings,
} from './webhook.ts';
export { toDeliveryJson, toWebhookJson } from './webhook-json.ts';
