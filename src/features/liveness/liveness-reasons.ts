/**
 * Everything a liveness answer may say. Codes are stable: clients and workflows switch on them.
 * `error` reasons refuse, `warning` reasons ask a human, `information` only explains.
 */
export const livenessReasons = {
  NO_FACE_DETECTED: {
    severity: 'error',
    title: 'No face was found',
    hint: 'Show the whole face, well lit and close enough to fill a third of the picture.',
  },
  MULTIPLE_FACES_DETECTED: {
    severity: 'error',
    title: 'More than one person is in front of the camera',
    hint: 'Record yourself alone.',
  },
  FACE_CHANGED: {
    severity: 'error',
    title: 'The face at one moment is not the face at another',
    hint: 'Stay in front of the camera during the whole recording.',
  },
  FACE_LEFT: {
    severity: 'error',
    title: 'The face was out of the picture for a part of the recording',
    hint: 'Keep the whole face in the frame.',
  },
  RECORDING_TOO_SHORT: {
    severity: 'error',
    title: 'The recording does not cover the whole challenge',
    hint: 'Record until the page says that it is done.',
  },
  RECORDING_INCOMPLETE: {
    severity: 'error',
    title: 'Too many frames are missing to follow the face',
    hint: 'Close other programs, or use another device.',
  },
  MOVEMENT_MISSING: {
    severity: 'error',
    title: 'A movement that was asked for was not seen at its time',
    hint: 'Follow each prompt while it is shown: turn well to the side, nod clearly, come clearly closer.',
  },
  MOVEMENT_UNASKED: {
    severity: 'error',
    title: 'A movement was made that nobody asked for',
    hint: 'Make only the movements that are asked for.',
  },
  FLAT_FACE: {
    severity: 'error',
    title: 'The face moves like a flat picture, not like a head',
    hint: 'Use your own face, not a picture of it.',
  },
  FACE_FROZEN: {
    severity: 'error',
    title: 'The face does not change as a living face does',
    hint: 'Use your own face, not a picture of it.',
  },
  FACE_WARPED: {
    severity: 'warning',
    title: 'The face changes like a picture that is bent to follow another face',
    hint: 'Use your own face, without filters; look at the prompts and blink as usual.',
  },
  SCREEN_RASTER_SEEN: {
    severity: 'warning',
    title: 'A fine regular pattern lies over the face, as when a screen is filmed',
    hint: 'Use your own face, not a screen that shows it.',
  },
  FRAME_AROUND_FACE: {
    severity: 'warning',
    title: 'Straight edges stand around the face, as those of a print or a screen',
    hint: 'Use your own face; move away from doors, windows and pictures behind you.',
  },
  RECORDING_SPLICED: {
    severity: 'error',
    title: 'The recording jumps, as if it was cut together',
    hint: 'Send the recording as the page made it.',
  },
  VIRTUAL_CAMERA: {
    severity: 'error',
    title: 'The camera names itself as a program',
    hint: 'Choose the built-in camera.',
  },
  FRAME_TIMING_FORGED: {
    severity: 'error',
    title: 'The times of the frames cannot come from a camera',
    hint: 'Send the recording as the page made it.',
  },
  FRAME_TIMING_SYNTHETIC: {
    severity: 'information',
    title: 'The frames come more regularly than most cameras send them',
    hint: 'No action is needed.',
  },
  FRAMES_REPEATED: {
    severity: 'warning',
    title:
      'Frames are repeated, as when a program feeds the camera or a recording was put together',
    hint: 'Turn on more light, close other programs, or use another device.',
  },
  RECORDING_REENCODED: {
    severity: 'information',
    title: 'The file names video-editing software as its writer',
    hint: 'Send the recording as the page made it.',
  },
  RESOLUTION_MISMATCH: {
    severity: 'warning',
    title: 'The recording has another size than the camera was said to have',
    hint: 'Send the recording as the page made it.',
  },
  FLASH_NOT_REFLECTED: {
    severity: 'information',
    title: 'The colours of the screen are not seen on the face',
    hint: 'Turn up the brightness of the screen and move out of bright light.',
  },
  NO_BLINK_SEEN: {
    severity: 'information',
    title: 'No blink was seen',
    hint: 'No action is needed.',
  },
  CHALLENGE_EXPIRED: {
    severity: 'error',
    title: 'The challenge was too old when its recording arrived',
    hint: 'Start again and record at once.',
  },
  CHALLENGE_USED: {
    severity: 'error',
    title: 'The challenge was used before',
    hint: 'Start again: each attempt has a challenge of its own.',
  },
  PRESENTATION_ATTACK_SUSPECTED: {
    severity: 'error',
    title: 'The picture looks like one of a print or a screen',
    hint: 'Use your own face in even light, without a tight crop.',
  },
  PAD_MODEL_NOT_INSTALLED: {
    severity: 'warning',
    title: 'No model that can tell a person from a picture of one is installed',
    hint: 'Install a pack with presentation-attack models, or use the active check.',
  },
} as const satisfies Readonly<
  Record<string, { severity: 'error' | 'warning' | 'information'; title: string; hint: string }>
>;

export type LivenessReasonCode = keyof typeof livenessReasons;
