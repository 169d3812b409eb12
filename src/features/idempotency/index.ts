export {
  createIdempotencyStore,
  deleteExpiredIdempotencyKeys,
  type IdempotencyOptions,
} from './idempotency.usecase.ts';
