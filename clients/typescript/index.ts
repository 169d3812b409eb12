/** Client of the Bonafide API. Generated from the OpenAPI document by `npm run generate`. */
import { type ClientOptions, createSend, type ImageSource, type RequestOptions } from './runtime.ts';

export { BonafideError, type ClientOptions, type ImageSource, listAll, type RequestOptions } from './runtime.ts';

export type Problem = {
  /** `urn:bonafide:problem:` and the code. */
  type: string;
  title: string;
  status: number;
  /** Stable; switch on this one. */
  code: "validation_failed" | "request_rejected" | "route_not_found" | "unauthorized" | "scope_missing" | "payload_too_large" | "media_type_unsupported" | "request_timeout" | "rate_limited" | "service_unavailable" | "image_missing" | "image_unreadable" | "image_format_unsupported" | "image_too_large" | "image_too_small" | "video_missing" | "video_unreadable" | "pdf_unreadable" | "pdf_encrypted" | "pdf_too_large" | "video_format_unsupported" | "video_too_large" | "video_too_small" | "video_too_long" | "face_not_found" | "vision_busy" | "vision_unavailable" | "vision_timeout" | "vision_process_died" | "model_unavailable" | "model_damaged" | "model_shape_mismatch" | "model_conversion_failed" | "model_manifest_invalid" | "model_unknown" | "model_licence_not_accepted" | "download_failed" | "model_mismatch" | "object_not_found" | "object_too_large" | "object_damaged" | "subject_erased" | "storage_full" | "storage_unavailable" | "secret_unreadable" | "master_key_invalid" | "master_key_mismatch" | "upload_not_found" | "upload_closed" | "upload_part_conflict" | "upload_incomplete" | "upload_mismatch" | "database_unavailable" | "database_disk_full" | "database_migration_changed" | "database_too_new" | "data_dir_in_use" | "port_unusable" | "data_dir_unusable" | "api_key_invalid" | "api_key_not_found" | "tenant_not_found" | "idempotency_key_reused" | "idempotency_in_progress" | "evaluation_list_invalid" | "engine_unavailable" | "session_not_found" | "session_closed" | "session_erased" | "stream_not_wanted" | "evidence_not_accepted" | "challenge_unusable" | "challenge_limit" | "capture_unauthorized" | "workflow_not_found" | "workflow_invalid" | "workflow_name_taken" | "webhook_not_found" | "webhook_url_refused" | "webhook_limit_reached" | "delivery_not_found" | "internal";
  /** What was wrong with this request. */
  detail?: string;
  /** `urn:bonafide:request:` and the request id. */
  instance?: string;
  errors?: Array<{
    /** JSON pointer (RFC 6901) to the field. */
    pointer: string;
    detail: string;
  }>;
};

export type FaceDetection = {
  image: {
    width: number;
    height: number;
  };
  /** Largest first */
  faces: Array<Face>;
  models: Array<ModelRef>;
};

export type Face = {
  box: Box;
  confidence: number;
  landmarks: Array<{
    type: string;
    x: number;
    y: number;
  }>;
  pose: Pose;
  quality: FaceQuality;
  /** An estimate with the 80 % range that the model itself gives; never a proof of age */
  age?: {
    /** Years, apparent */
    estimate: number;
    low: number;
    high: number;
  };
};

/** Pixels from the top left, after EXIF orientation; may reach beyond the edges */
export type Box = {
  x: number;
  y: number;
  width: number;
  height: number;
};

/** Degrees */
export type Pose = {
  /** Positive: the nose points to the right edge of the picture */
  yaw: number;
  /** Positive: looking up */
  pitch: number;
  /** Positive: turned clockwise */
  roll: number;
};

export type FaceQuality = {
  /** Fine detail: below 20 blurred, above 60 crisp */
  sharpness: number;
  /** 0 black, 100 white; 25 to 80 is well exposed */
  brightness: number;
  /** Below 20 flat or foggy */
  contrast: number;
  /** 100 from 64 pixels between the eyes */
  size: number;
  eyes_open: number;
  mouth_open: number;
  /** 100 straight to the camera, 0 from 60 degrees */
  frontal: number;
  /** 100 nothing cut off or covered, as far as the mesh and colours tell */
  visible: number;
  /** What `quality_filter` looks at */
  overall: number;
};

export type ModelRef = {
  name: string;
  version: string;
  sha256: string;
};

export type FaceComparison = {
  similarity_threshold: number;
  /** The largest face of the source */
  source_face: Face;
  /** At or above the threshold, most alike first */
  matches: Array<FaceMatch>;
  unmatched: Array<FaceMatch>;
  warnings: Array<Warning>;
  models: Array<ModelRef>;
};

export type FaceMatch = {
  similarity: number;
  face: Face;
};

export type Warning = {
  code: "NO_FACE_DETECTED" | "PORTRAIT_IMAGE_NOT_DETECTED" | "MULTIPLE_FACES" | "FACE_TOO_SMALL" | "LOW_FACE_QUALITY" | "FACE_BLURRED" | "LOW_FACE_LUMINANCE" | "HIGH_FACE_LUMINANCE" | "LOW_FACE_CONTRAST" | "FACE_TURNED_AWAY" | "FACE_CUT_OFF_OR_COVERED" | "EYES_CLOSED" | "LOW_FACE_MATCH_SIMILARITY" | "FACE_MISMATCH" | "FACE_MODEL_KNOWN_BIAS" | "EMBEDDING_NOT_CALIBRATED" | "MODEL_LICENCE_RESTRICTED";
  /** The input it is about */
  image?: string;
  title: string;
  hint: string;
};

/** H264, VP8 or VP9 in MP4, WebM or Matroska; at most 15 MB and 60 seconds. */
export type ShortVideo = {
  bytes: string;
};

export type Liveness = {
  verdict: "live" | "not_live" | "inconclusive";
  /** Null when nothing could be measured */
  score: number | null;
  /** At and above it: live */
  threshold: number;
  reasons: Array<LivenessReason>;
  frames: number;
  frames_with_face: number;
  models: Array<{
    name: string;
    version: string;
    sha256: string;
  }>;
};

export type LivenessReason = {
  code: "NO_FACE_DETECTED" | "MULTIPLE_FACES_DETECTED" | "FACE_CHANGED" | "FACE_LEFT" | "RECORDING_TOO_SHORT" | "RECORDING_INCOMPLETE" | "MOVEMENT_MISSING" | "MOVEMENT_UNASKED" | "FLAT_FACE" | "FACE_FROZEN" | "FACE_WARPED" | "SCREEN_RASTER_SEEN" | "FRAME_AROUND_FACE" | "RECORDING_SPLICED" | "VIRTUAL_CAMERA" | "FRAME_TIMING_FORGED" | "FRAME_TIMING_SYNTHETIC" | "FRAMES_REPEATED" | "RECORDING_REENCODED" | "RESOLUTION_MISMATCH" | "FLASH_NOT_REFLECTED" | "NO_BLINK_SEEN" | "CHALLENGE_EXPIRED" | "CHALLENGE_USED" | "PRESENTATION_ATTACK_SUSPECTED" | "PAD_MODEL_NOT_INSTALLED";
  severity: "error" | "warning" | "information";
  title: string;
  hint: string;
};

export type IdentityVerification = {
  verdict: "match" | "no_match" | "review" | "inconclusive";
  similarity?: number;
  /** Why it is not a plain match; empty for a match */
  reasons: Array<Warning>;
  warnings: Array<Warning>;
  document_face?: Face;
  selfie_face?: Face;
  models: Array<ModelRef>;
};

export type DocumentReading = {
  image: {
    width: number;
    height: number;
  };
  outline: {
    /** Top left, top right, bottom right, bottom left in reading direction; pixels */
    corners: Array<{
      x: number;
      y: number;
    }>;
    size: "ID-1" | "TD2" | "TD3";
    support: number;
  } | null;
  mrz: MachineReadableZone | null;
  barcodes: Array<DocumentBarcode>;
  portrait: {
    box: {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    confidence: number;
    on: "flattened" | "picture";
    /** A smaller repetition of the portrait */
    ghost: {
      box: {
        x: number;
        y: number;
        width: number;
        height: number;
      };
      /** 0 to 100, of the face to the portrait */
      similarity: number;
    } | null;
    /** The portrait with room around it, upright; on request */
    image?: string;
  } | null;
  /** What is printed outside zone and barcodes */
  visual: VisualZone | null;
  /** Fields that more than one of zone, barcode and print state */
  cross_checks: Array<CrossCheck>;
  hints: Array<{
    code: "no_document" | "cut_off" | "too_far" | "blurred" | "glare" | "too_dark" | "two_documents" | "wrong_side";
    text: string;
  }>;
  /** Of a PDF, or where `kind` asks for it; everything else is then empty */
  proof_of_address: ProofOfAddress | null;
  models: Array<{
    name: string;
    version: string;
    sha256: string;
  }>;
};

export type MachineReadableZone = {
  format: string;
  lines: Array<{
    text: string;
    /** Probability of the least certain character, 0 to 1 */
    certainty: number;
    /** All checks pass and every character is certain */
    accepted: boolean;
  }>;
  valid: boolean;
  failed_checks: Array<string>;
  faults: Array<{
    field: string;
    code: string;
  }>;
  /** Characters that were changed because check digits prove another one */
  corrections: Array<{
    line: number;
    column: number;
    from: string;
    to: string;
    proven_by: Array<string>;
  }>;
  /** Top left, top right, bottom right, bottom left in reading direction; pixels */
  corners: Array<{
    x: number;
    y: number;
  }>;
  fields: DocumentFields;
};

export type DocumentFields = {
  document_code?: string;
  /** As printed: ISO 3166-1 alpha-3 or ICAO code */
  issuing_state?: string;
  document_number?: string;
  surname?: string;
  given_names?: string;
  nationality?: string;
  birth_date?: string;
  issue_date?: string;
  expiry_date?: string;
  sex?: "F" | "M" | "X";
  personal_number?: string;
  optional_data?: string;
  street?: string;
  city?: string;
  jurisdiction?: string;
  postal_code?: string;
};

export type DocumentBarcode = {
  format: string;
  /** Top left, top right, bottom right, bottom left in reading direction; pixels */
  corners: Array<{
    x: number;
    y: number;
  }>;
  /** What the corners refer to */
  on: "picture" | "flattened";
  standard?: "aamva";
  version?: string;
  issuer?: string;
  faults: Array<string>;
  fields?: DocumentFields;
};

export type VisualZone = {
  /** The part of the picture that was read as the document */
  corners: Array<{
    x: number;
    y: number;
  }>;
  template: {
    id: string;
    type: string;
    issuing_state: string;
    /** Share of the printed labels found in their places, 0 to 1 */
    agreement: number;
  } | null;
  fields: Array<{
    name: "surname" | "given_names" | "birth_date" | "birth_place" | "sex" | "nationality" | "document_number" | "personal_number" | "issue_date" | "expiry_date" | "authority" | "address";
    /** Dates as YYYY-MM-DD, sex as F, M or X */
    value: string;
    /** As printed */
    raw: string;
    /** Of the least certain word, 0 to 100 */
    confidence: number;
    /** Place on a known document, printed label, or same text as zone or barcode */
    assigned_by: "template" | "label" | "agreement";
    /** Top left, top right, bottom right, bottom left in reading direction; pixels */
    corners: Array<{
      x: number;
      y: number;
    }>;
  }>;
  words: number;
};

export type CrossCheck = {
  field: "surname" | "given_names" | "birth_date" | "sex" | "document_number" | "issue_date" | "expiry_date";
  /** unsure: different, but not read for certain */
  agreement: "same" | "alike" | "unsure" | "differs";
  /** 0 to 100 */
  similarity: number;
  values: Array<{
    source: "mrz" | "barcode" | "visual";
    value: string;
  }>;
};

export type ProofOfAddress = {
  pages: number;
  /** Text of the PDF, or read from pixels */
  text_source: "text_layer" | "ocr";
  issue_date?: string;
  /** By the label beside it, or the latest date that is not in the future */
  issue_date_by?: "label" | "latest";
  /** Blocks that have the form of an address; letters also carry the sender’s */
  addresses: Array<{
    name: string;
    lines: Array<string>;
  }>;
  /** Program that wrote the PDF, as the file says */
  producer?: string;
};

export type NamedObject = {
  bucket: string;
  name: string;
  /** Bytes. */
  size: number;
  sha256: string;
  stored_at: string;
};

export type IdSelfieAnswer = {
  similarity: number;
  /** True from 80. */
  match: boolean;
};

export type FaceLivenessLink = {
  /** The same session in `/v1/sessions`. */
  session_id: string;
  /** Works once. */
  url: string;
  expires_at: string;
};

export type CreateSession = {
  /** Id or name, for example `id-liveness-match`. */
  workflow: string;
  /** The latest published one unless given. */
  workflow_version?: number;
  /** Your own key for the person; lists can be filtered by it. */
  reference?: string | null;
  /** What you know about the person; compared with the document. */
  expected?: {
    first_name?: string;
    last_name?: string;
    date_of_birth?: string;
    gender?: "F" | "M" | "X";
    nationality?: string;
    document_country?: string;
    document_number?: string;
    address?: string;
  } | null;
  /** Where the capture page sends the person afterwards. */
  callback?: string | null;
  /** Yours; returned as it is. */
  metadata?: { [name: string]: AnyJson } | null;
  locale?: string;
};

export type AnyJson = string | number | boolean | null | Array<AnyJson> | { [name: string]: AnyJson };

export type NewSession = {
  id: string;
  status: "not_started" | "in_progress" | "in_review" | "resubmission_requested" | "approved" | "declined" | "expired" | "abandoned";
  environment: "live" | "sandbox";
  workflow: {
    id: string;
    version: number;
  };
  reference: string | null;
  metadata: { [name: string]: AnyJson } | null;
  callback: string | null;
  locale: string;
  /** 1, and one more with every resubmission. */
  round: number;
  streams: Array<SessionStream>;
  created_at: string;
  updated_at: string;
  expires_at: string;
  ended_at: string | null;
  erased_at: string | null;
  capture: CaptureLink;
};

export type SessionStream = {
  stream: "face" | "document_front" | "document_back" | "proof_of_address";
  /** `wanted`: a capture, or another one, is to be made. */
  state: "wanted" | "received";
  /** Captures so far. */
  attempts: number;
  attempts_left: number;
  /** Why another capture is wanted. */
  reasons: Array<Reason>;
};

export type Reason = {
  /** Stable; switch on this one. */
  code: string;
  severity: "error" | "warning" | "information";
  /** For people. */
  title: string;
};

export type CaptureLink = {
  /** Works once. Its secret stands in the fragment, so that it reaches no log. */
  url: string;
  expires_at: string;
};

export type Session = {
  id: string;
  status: "not_started" | "in_progress" | "in_review" | "resubmission_requested" | "approved" | "declined" | "expired" | "abandoned";
  environment: "live" | "sandbox";
  workflow: {
    id: string;
    version: number;
  };
  reference: string | null;
  metadata: { [name: string]: AnyJson } | null;
  callback: string | null;
  locale: string;
  /** 1, and one more with every resubmission. */
  round: number;
  streams: Array<SessionStream>;
  created_at: string;
  updated_at: string;
  expires_at: string;
  ended_at: string | null;
  erased_at: string | null;
};

export type Decision = {
  session_id: string;
  status: "not_started" | "in_progress" | "in_review" | "resubmission_requested" | "approved" | "declined" | "expired" | "abandoned";
  workflow: {
    id: string;
    version: number;
  };
  /** What the policy made of the checks; null while something is outstanding. */
  outcome: "approved" | "declined" | "in_review" | null;
  decided_at: string | null;
  /** Nodes of the workflow that were passed. */
  path: Array<string>;
  questions: Array<{
    question: "live_person" | "data_matches_initiator" | "data_valid" | "person_matches_document" | "document_genuine";
    answer: "yes" | "no" | "unclear";
    checks: Array<string>;
    reasons: Array<Reason>;
  }>;
  checks: Array<CheckResult>;
  /** What a human made of it. */
  ruling: {
    ruling: "approved" | "declined";
    by: string;
    at: string;
    reasons: Array<string>;
    comment: string | null;
  } | null;
  artifacts: Array<{
    id: string;
    kind: string;
    content_type: string;
    size: number;
    sha256: string;
  }>;
};

export type CheckResult = {
  node: string;
  check: string;
  title: string;
  status: "passed" | "failed" | "review" | "inconclusive" | "skipped" | "pending";
  /** 0 to 100, higher is better. */
  score: number | null;
  reasons: Array<Reason>;
  facts: { [name: string]: string | number | boolean };
  /** The captures behind it. */
  evidence: Array<{
    id: string;
    stream: "face" | "document_front" | "document_back" | "proof_of_address";
    attempt: number;
    sha256: string;
    content_type: string;
  }>;
  tasks: Array<{
    name: string;
    outcome: "done" | "rejected" | "inconclusive" | "pending";
    codes: Array<string>;
    scores: { [name: string]: number };
    facts: { [name: string]: string | number | boolean };
    /** SHA-256 of the weights that took part. */
    models: Array<string>;
  }>;
};

export type Ruling = {
  ruling: "approved" | "declined";
  reasons?: Array<string>;
  /** Sealed with the session. */
  comment?: string;
};

export type Resubmission = {
  streams: Array<"face" | "document_front" | "document_back" | "proof_of_address">;
  reasons?: Array<string>;
  /** Sealed with the session. */
  comment?: string;
};

export type CaptureToken = {
  /** Send it as `Authorization: Bearer …`; renew it before it expires. */
  token: string;
  expires_at: string;
};

export type CaptureSession = {
  status: "not_started" | "in_progress" | "in_review" | "resubmission_requested" | "approved" | "declined" | "expired" | "abandoned";
  locale: string;
  streams: Array<SessionStream>;
  expires_at: string;
};

export type CaptureUpload = {
  id: string;
  stream: "face" | "document_front" | "document_back" | "proof_of_address";
  state: "open" | "completed";
  /** Most bytes of a part. */
  part_bytes: number;
  /** Most bytes of the whole. */
  max_bytes: number;
  parts: Array<{
    number: number;
    size: number;
    sha256: string;
  }>;
  expires_at: string;
};

/** The challenge that a recording of the face answers. */
export type ChallengeAnswer = {
  id: string;
  /** The name of the camera; not kept. */
  device_label?: string;
  /** What the camera says it delivers. */
  width?: number;
  height?: number;
};

export type Capture = {
  evidence: string;
};

/** Show each movement and colour at its time, counted from the first recorded frame. Left and right are those of the person; the recording is not mirrored. */
export type LivenessChallenge = {
  id: string;
  steps: Array<{
    movement: "turn_left" | "turn_right" | "nod" | "come_closer";
    /** Since the first frame of the recording. */
    start_ms: number;
    end_ms: number;
  }>;
  flashes: Array<{
    /** Red, green, blue. */
    colour: Array<number>;
    /** Since the first frame of the recording. */
    start_ms: number;
    end_ms: number;
  }>;
  /** Record at least this long. */
  duration_ms: number;
  /** The recording must be complete by then. */
  expires_at: string;
};

export type Workflow = {
  id: string;
  name: string;
  title: string;
  /** Null before the first publication. */
  latest_version: number | null;
  draft: { [name: string]: AnyJson } | null;
  created_at: string;
  updated_at: string;
};

export type WorkflowVersion = {
  workflow_id: string;
  version: number;
  graph: { [name: string]: AnyJson };
  published_at: string;
};

export type WorkflowValidation = {
  valid: boolean;
  issues: Array<{
    code: string;
    pointer: string;
    detail: string;
  }>;
  /** With all defaults filled in. */
  graph: { [name: string]: AnyJson } | null;
};

export type Checks = {
  data: Array<CheckDescription>;
};

export type CheckDescription = {
  id: string;
  title: string;
  /** False: announced, and `inconclusive` until it is built. */
  available: boolean;
  question: string | null;
  streams: Array<string>;
  tasks: Array<string>;
  /** JSON Schema of its configuration. */
  config: { [name: string]: AnyJson };
  reasons: Array<{
    code: string;
    severity: string;
    title: string;
  }>;
  facts: { [name: string]: string };
};

export type WebhookWithSecret = {
  id: string;
  environment: "live" | "sandbox";
  url: string;
  events: Array<string>;
  description: string;
  enabled: boolean;
  created_at: string;
  /** `whsec_…`, to check signatures with. Shown here only. */
  secret: string;
};

export type Webhook = {
  id: string;
  environment: "live" | "sandbox";
  url: string;
  events: Array<string>;
  description: string;
  enabled: boolean;
  created_at: string;
};

export type WebhookDelivery = {
  id: string;
  webhook_id: string;
  /** `webhook-id` of the message; the same for every attempt and replay. */
  event_id: string;
  event_type: string;
  /** Deliveries of one session keep their order. */
  session_id: string | null;
  /** `dead`: given up after three days of attempts. */
  state: "pending" | "delivered" | "dead";
  attempts: number;
  next_attempt_at: string | null;
  created_at: string;
  ended_at: string | null;
};

export type WebhookDeliveryWithLog = {
  id: string;
  webhook_id: string;
  /** `webhook-id` of the message; the same for every attempt and replay. */
  event_id: string;
  event_type: string;
  /** Deliveries of one session keep their order. */
  session_id: string | null;
  /** `dead`: given up after three days of attempts. */
  state: "pending" | "delivered" | "dead";
  attempts: number;
  next_attempt_at: string | null;
  created_at: string;
  ended_at: string | null;
  log: Array<{
    attempt: number;
    at: string;
    latency_ms: number;
    /** Of the endpoint's answer; null when there was none. */
    status: number | null;
    /** Why there was no answer. */
    failure: string | null;
    /** Technical words of an answer that was no success; the rest is left out for privacy. */
    excerpt: string;
  }>;
};

export type Health = {
  status: "ok" | "not_ready";
};

export type Readiness = {
  status: "ok" | "not_ready";
  parts: { [name: string]: {
    ready: boolean;
    detail?: string;
  } };
};

export type BonafideClient = ReturnType<typeof createClient>;

/** `createClient({ baseUrl: 'http://127.0.0.1:8080', apiKey })`. */
export function createClient(client: ClientOptions) {
  const send = createSend(client);
  return {
    /** Find the faces on a picture */
    detectFaces: (input: {
      image: ImageSource;
    }, options?: RequestOptions): Promise<FaceDetection> =>
      send({"method":"POST","path":"/v1/faces/detect","images":["image"],"body":"json","idempotent":true}, input, options),

    /** Compare the faces of two pictures */
    compareFaces: (input: {
      source: ImageSource;
      target: ImageSource;
      /** Least similarity of a match, 0 to 100; docs/faces.md says how often 80 is wrong. */
      similarity_threshold?: number;
      /** Faces of lower quality are neither matched nor unmatched. */
      quality_filter?: "NONE" | "AUTO" | "LOW" | "MEDIUM" | "HIGH";
    }, options?: RequestOptions): Promise<FaceComparison> =>
      send({"method":"POST","path":"/v1/faces/compare","images":["source","target"],"body":"json","idempotent":true}, input, options),

    /** Does the camera see a person, or a picture of one? */
    detectLiveness: (input?: {
      image?: ImageSource;
      video?: ImageSource;
    }, options?: RequestOptions): Promise<Liveness> =>
      send({"method":"POST","path":"/v1/faces/liveness","images":["image","video"],"body":"json","idempotent":true}, input, options),

    /** Is the person on this document the one on this selfie? */
    verifyIdentity: (input: {
      document_front: ImageSource;
      /** Only checked for being a readable picture: the portrait is on the front. */
      document_back?: ImageSource;
      selfie: ImageSource;
    }, options?: RequestOptions): Promise<IdentityVerification> =>
      send({"method":"POST","path":"/v1/identity/verify","images":["document_front","document_back","selfie"],"body":"json","idempotent":true}, input, options),

    /** Read an identity document or a proof of address */
    readDocument: (input: {
      image: ImageSource;
      /** The side that was asked for; the other one is then hinted at. */
      side?: "front" | "back";
      /** Whether the answer holds the portrait as a picture. */
      portrait_image?: boolean;
      /** A PDF is a proof of address whatever stands here. */
      kind?: "identity_document" | "proof_of_address";
    }, options?: RequestOptions): Promise<DocumentReading> =>
      send({"method":"POST","path":"/v1/documents/read","images":["image"],"body":"json","idempotent":true}, input, options),

    /** Store an image under a name */
    putObject: (input: {
      bucket: string;
      /** A slash is sent as `%2F`. */
      name: string;
      body: Blob | Uint8Array;
    }, options?: RequestOptions): Promise<NamedObject> =>
      send({"method":"PUT","path":"/v1/objects/{bucket}/{name}","pathParameters":["bucket","name"],"body":"raw"}, input, options),

    /** Delete an image */
    deleteObject: (input: {
      bucket: string;
      /** A slash is sent as `%2F`. */
      name: string;
    }, options?: RequestOptions): Promise<void> =>
      send({"method":"DELETE","path":"/v1/objects/{bucket}/{name}","pathParameters":["bucket","name"]}, input, options),

    /** List the images of a bucket */
    listObjects: (input: {
      bucket: string;
      /** Entries of one page. */
      limit?: number;
      /** `next_cursor` of the page before; its form may change. */
      cursor?: string;
    }, options?: RequestOptions): Promise<{
      data: Array<NamedObject>;
      /** Null on the last page. */
      next_cursor: string | null;
    }> =>
      send({"method":"GET","path":"/v1/objects/{bucket}","pathParameters":["bucket"],"queryParameters":["limit","cursor"]}, input, options),

    /** Similarity of an ID and a selfie */
    compareIdAndSelfie: (input: {
      /** The front of the document, base64. */
      dl: string;
      /** The selfie, base64. */
      selfie: string;
    }, options?: RequestOptions): Promise<IdSelfieAnswer> =>
      send({"method":"POST","path":"/compat/id-selfie","body":"json","idempotent":true}, input, options),

    /** Where the person of a Face Liveness session records */
    createFaceLivenessLink: (input: {
      id: string;
    }, options?: RequestOptions): Promise<FaceLivenessLink> =>
      send({"method":"POST","path":"/compat/face-liveness/{id}/link","pathParameters":["id"]}, input, options),

    /** Begin a verification */
    createSession: (options?: RequestOptions): Promise<NewSession> =>
      send({"method":"POST","path":"/v1/sessions","body":"json","idempotent":true}, {}, options),

    /** List sessions, the newest first */
    listSessions: (input?: {
      /** Entries of one page. */
      limit?: number;
      /** `next_cursor` of the page before; its form may change. */
      cursor?: string;
      status?: "not_started" | "in_progress" | "in_review" | "resubmission_requested" | "approved" | "declined" | "expired" | "abandoned";
      /** Id of the workflow. */
      workflow?: string;
      reference?: string;
    }, options?: RequestOptions): Promise<{
      data: Array<Session>;
      /** Null on the last page. */
      next_cursor: string | null;
    }> =>
      send({"method":"GET","path":"/v1/sessions","queryParameters":["limit","cursor","status","workflow","reference"]}, input, options),

    /** Make another capture link */
    createCaptureLink: (input: {
      id: string;
    }, options?: RequestOptions): Promise<CaptureLink> =>
      send({"method":"POST","path":"/v1/sessions/{id}/link","pathParameters":["id"]}, input, options),

    /** Read a session */
    getSession: (input: {
      id: string;
    }, options?: RequestOptions): Promise<Session> =>
      send({"method":"GET","path":"/v1/sessions/{id}","pathParameters":["id"]}, input, options),

    /** Erase the person behind a session */
    eraseSession: (input: {
      id: string;
    }, options?: RequestOptions): Promise<void> =>
      send({"method":"DELETE","path":"/v1/sessions/{id}","pathParameters":["id"]}, input, options),

    /** Read the decision with every reason */
    getDecision: (input: {
      id: string;
    }, options?: RequestOptions): Promise<Decision> =>
      send({"method":"GET","path":"/v1/sessions/{id}/decision","pathParameters":["id"]}, input, options),

    /** Rule on a session in review */
    ruleSession: (input: {
      id: string;
    }, options?: RequestOptions): Promise<Session> =>
      send({"method":"POST","path":"/v1/sessions/{id}/ruling","pathParameters":["id"],"body":"json","idempotent":true}, input, options),

    /** Ask for chosen captures again */
    requestResubmission: (input: {
      id: string;
    }, options?: RequestOptions): Promise<Session> =>
      send({"method":"POST","path":"/v1/sessions/{id}/resubmission","pathParameters":["id"],"body":"json","idempotent":true}, input, options),

    /** Download a capture or an artifact */
    getSessionFile: (input: {
      id: string;
      file: string;
    }, options?: RequestOptions): Promise<Blob> =>
      send({"method":"GET","path":"/v1/sessions/{id}/files/{file}","pathParameters":["id","file"],"isFile":true}, input, options),

    /** Exchange the secret of a link for a token */
    exchangeCaptureLink: (input: {
      session: string;
      /** The fragment of the link. */
      secret: string;
    }, options?: RequestOptions): Promise<CaptureToken> =>
      send({"method":"POST","path":"/capture/v1/token","body":"json"}, input, options),

    /** Get a token for another fifteen minutes */
    renewCaptureToken: (options?: RequestOptions): Promise<CaptureToken> =>
      send({"method":"POST","path":"/capture/v1/token/renewal"}, {}, options),

    /** Go on on another device */
    handOverCapture: (options?: RequestOptions): Promise<CaptureLink> =>
      send({"method":"POST","path":"/capture/v1/handover"}, {}, options),

    /** What is needed next */
    getCaptureSession: (options?: RequestOptions): Promise<CaptureSession> =>
      send({"method":"GET","path":"/capture/v1/session"}, {}, options),

    /** Begin to send a capture */
    createUpload: (input: {
      stream: "face" | "document_front" | "document_back" | "proof_of_address";
    }, options?: RequestOptions): Promise<CaptureUpload> =>
      send({"method":"POST","path":"/capture/v1/uploads","body":"json"}, input, options),

    /** Which parts have arrived */
    getUpload: (input: {
      id: string;
    }, options?: RequestOptions): Promise<CaptureUpload> =>
      send({"method":"GET","path":"/capture/v1/uploads/{id}","pathParameters":["id"]}, input, options),

    /** Give up an upload */
    abandonUpload: (input: {
      id: string;
    }, options?: RequestOptions): Promise<void> =>
      send({"method":"DELETE","path":"/capture/v1/uploads/{id}","pathParameters":["id"]}, input, options),

    /** Send a part */
    putUploadPart: (input: {
      id: string;
      number: number;
      body: Blob | Uint8Array;
    }, options?: RequestOptions): Promise<CaptureUpload> =>
      send({"method":"PUT","path":"/capture/v1/uploads/{id}/parts/{number}","pathParameters":["id","number"],"body":"raw"}, input, options),

    /** Make the parts a capture */
    completeUpload: (input: {
      id: string;
      size: number;
      sha256: string;
      challenge?: ChallengeAnswer;
    }, options?: RequestOptions): Promise<Capture> =>
      send({"method":"POST","path":"/capture/v1/uploads/{id}/complete","pathParameters":["id"],"body":"json"}, input, options),

    /** Draw a challenge for a recording of the face */
    createChallenge: (options?: RequestOptions): Promise<LivenessChallenge> =>
      send({"method":"POST","path":"/capture/v1/challenges"}, {}, options),

    /** List the workflows */
    listWorkflows: (options?: RequestOptions): Promise<{
      data: Array<Workflow>;
      /** Null on the last page. */
      next_cursor: string | null;
    }> =>
      send({"method":"GET","path":"/v1/workflows"}, {}, options),

    /** Create a workflow as a draft */
    createWorkflow: (input: {
      name: string;
      title: string;
      /** A workflow graph; may still be wrong while it is a draft. See docs/workflows.md. */
      draft: { [name: string]: AnyJson };
    }, options?: RequestOptions): Promise<Workflow> =>
      send({"method":"POST","path":"/v1/workflows","body":"json","idempotent":true}, input, options),

    /** Read a workflow and its draft */
    getWorkflow: (input: {
      /** Id or name. */
      id: string;
    }, options?: RequestOptions): Promise<Workflow> =>
      send({"method":"GET","path":"/v1/workflows/{id}","pathParameters":["id"]}, input, options),

    /** Read a published version */
    getWorkflowVersion: (input: {
      /** Id or name. */
      id: string;
      version: number;
    }, options?: RequestOptions): Promise<WorkflowVersion> =>
      send({"method":"GET","path":"/v1/workflows/{id}/versions/{version}","pathParameters":["id","version"]}, input, options),

    /** Read the secret that signs the calls of webhook nodes */
    getWorkflowWebhookSecret: (options?: RequestOptions): Promise<{
      /** `whsec_…` */
      secret: string;
    }> =>
      send({"method":"GET","path":"/v1/workflows/webhook-secret"}, {}, options),

    /** Replace the draft */
    changeWorkflowDraft: (input: {
      /** Id or name. */
      id: string;
      title?: string;
      /** A workflow graph; may still be wrong while it is a draft. See docs/workflows.md. */
      draft: { [name: string]: AnyJson };
    }, options?: RequestOptions): Promise<Workflow> =>
      send({"method":"PUT","path":"/v1/workflows/{id}/draft","pathParameters":["id"],"body":"json"}, input, options),

    /** Check a graph without saving it */
    validateWorkflow: (input: {
      /** A workflow graph; may still be wrong while it is a draft. See docs/workflows.md. */
      graph: { [name: string]: AnyJson };
    }, options?: RequestOptions): Promise<WorkflowValidation> =>
      send({"method":"POST","path":"/v1/workflows/validate","body":"json"}, input, options),

    /** Make the draft the next version */
    publishWorkflow: (input: {
      /** Id or name. */
      id: string;
    }, options?: RequestOptions): Promise<WorkflowVersion> =>
      send({"method":"POST","path":"/v1/workflows/{id}/publish","pathParameters":["id"]}, input, options),

    /** List the checks that workflows may name */
    listChecks: (options?: RequestOptions): Promise<Checks> =>
      send({"method":"GET","path":"/v1/checks"}, {}, options),

    /** Add an endpoint */
    createWebhook: (input: {
      /** https, on the public internet. */
      url: string;
      /** Types of events, `session.*`, or `*`. */
      events?: Array<string>;
      description?: string;
      enabled?: boolean;
    }, options?: RequestOptions): Promise<WebhookWithSecret> =>
      send({"method":"POST","path":"/v1/webhooks","body":"json","idempotent":true}, input, options),

    /** List the endpoints */
    listWebhooks: (input?: {
      /** Entries of one page. */
      limit?: number;
      /** `next_cursor` of the page before; its form may change. */
      cursor?: string;
    }, options?: RequestOptions): Promise<{
      data: Array<Webhook>;
      /** Null on the last page. */
      next_cursor: string | null;
    }> =>
      send({"method":"GET","path":"/v1/webhooks","queryParameters":["limit","cursor"]}, input, options),

    /** Read an endpoint */
    getWebhook: (input: {
      /** `whk_…` */
      id: string;
    }, options?: RequestOptions): Promise<Webhook> =>
      send({"method":"GET","path":"/v1/webhooks/{id}","pathParameters":["id"]}, input, options),

    /** Change an endpoint */
    changeWebhook: (input: {
      /** `whk_…` */
      id: string;
      /** https, on the public internet. */
      url?: string;
      events?: Array<string>;
      description?: string;
      enabled?: boolean;
    }, options?: RequestOptions): Promise<Webhook> =>
      send({"method":"PATCH","path":"/v1/webhooks/{id}","pathParameters":["id"],"body":"json"}, input, options),

    /** Delete an endpoint */
    deleteWebhook: (input: {
      /** `whk_…` */
      id: string;
    }, options?: RequestOptions): Promise<void> =>
      send({"method":"DELETE","path":"/v1/webhooks/{id}","pathParameters":["id"]}, input, options),

    /** Make a new signing secret */
    rotateWebhookSecret: (input: {
      /** `whk_…` */
      id: string;
      /** 0 ends the old one at once. */
      overlap_hours?: number;
    }, options?: RequestOptions): Promise<WebhookWithSecret> =>
      send({"method":"POST","path":"/v1/webhooks/{id}/secret","pathParameters":["id"],"body":"json","idempotent":true}, input, options),

    /** List the deliveries */
    listWebhookDeliveries: (input: {
      /** `whk_…` */
      id: string;
      /** Entries of one page. */
      limit?: number;
      /** `next_cursor` of the page before; its form may change. */
      cursor?: string;
      state?: "pending" | "delivered" | "dead";
    }, options?: RequestOptions): Promise<{
      data: Array<WebhookDelivery>;
      /** Null on the last page. */
      next_cursor: string | null;
    }> =>
      send({"method":"GET","path":"/v1/webhooks/{id}/deliveries","pathParameters":["id"],"queryParameters":["limit","cursor","state"]}, input, options),

    /** Read a delivery with its log */
    getWebhookDelivery: (input: {
      /** `whk_…` */
      id: string;
      /** `dlv_…` */
      delivery: string;
    }, options?: RequestOptions): Promise<WebhookDeliveryWithLog> =>
      send({"method":"GET","path":"/v1/webhooks/{id}/deliveries/{delivery}","pathParameters":["id","delivery"]}, input, options),

    /** Send a test event */
    testWebhook: (input: {
      /** `whk_…` */
      id: string;
    }, options?: RequestOptions): Promise<WebhookDelivery> =>
      send({"method":"POST","path":"/v1/webhooks/{id}/test","pathParameters":["id"],"idempotent":true}, input, options),

    /** Send an event once more */
    replayWebhookDelivery: (input: {
      /** `whk_…` */
      id: string;
      /** `dlv_…` */
      delivery: string;
    }, options?: RequestOptions): Promise<WebhookDelivery> =>
      send({"method":"POST","path":"/v1/webhooks/{id}/deliveries/{delivery}/replay","pathParameters":["id","delivery"],"idempotent":true}, input, options),

    /** Send all dead letters once more */
    replayDeadWebhookDeliveries: (input: {
      /** `whk_…` */
      id: string;
      /** Dead letters from then on; all, unless given. */
      since?: string;
    }, options?: RequestOptions): Promise<{
      replayed: number;
    }> =>
      send({"method":"POST","path":"/v1/webhooks/{id}/replay","pathParameters":["id"],"body":"json","idempotent":true}, input, options),

    /** Does the process answer? */
    getLiveness: (options?: RequestOptions): Promise<Health> =>
      send({"method":"GET","path":"/health/live"}, {}, options),

    /** Can every part serve? */
    getReadiness: (options?: RequestOptions): Promise<Readiness> =>
      send({"method":"GET","path":"/health/ready"}, {}, options),
  };
}
