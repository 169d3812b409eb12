export {
  createIdempotencyStore,
  deleteExpiredIdempotencyKeys,
  endIdempotencyLeases,
  type IdempotencyOptions,
} from './idempotency.usecase.ts';
