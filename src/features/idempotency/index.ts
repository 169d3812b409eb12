export {
  createIdempotencyStore,
  deleteExpiredIdempotencyKeys,
  endIdempotencyLeases,
} from './idempotency.usecase.ts';
