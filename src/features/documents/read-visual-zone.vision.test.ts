import { describe, expect, it } from 'vitest';
import { drawDocument, utopianTemplate } from '../../../test/support/draw-document.ts';
import { openTaskPorts } from '../../../test/support/task-ports.ts';
import { createPyramid } from '../../vision/image/pyramid.ts';
import { readVisualZone } from './read-visual-zone.task.ts';

const today = '2026-11-20';
const ports = openTaskPorts([]);
const expected = {
  surname: 'LÉGRAND',
  given_names: 'ZOÉ MARIA',
  birth_date: '1991-03-07',
  sex: 'F',
  birth_place: 'ZENITH',
  document_number: 'D23145890',
  issue_date: '2021-04-16',
  expiry_date: '2031-04-15',
};

async function read(
  image: Parameters<typeof createPyramid>[0],
  options: { templates?: [] | [typeof utopianTemplate] },
) {
  const zone = await readVisualZone(ports, {
    picture: createPyramid(image),
    outline: undefined,
    zone: undefined,
    masks: [],
    today,
    ...options,
  });
  return { zone, values: Object.fromEntries(zone?.fields.map((f) => [f.name, f.value]) ?? []) };
}

describe('a card of our own making', () => {
  it('is read by a template that was written for it', async () => {
    const image = await drawDocument();
    const { zone, values } = await read(image, { templates: [utopianTemplate] });
    expect(zone?.template?.id).toBe('UTO-id_card-test-front');
    expect(values).toEqual(expected);
    const surname = zone?.fields.find(({ name }) => name === 'surname');
    expect(surname?.corners[0]?.x).toBeGreaterThan(0.33 * image.width);
    expect(surname?.corners[0]?.x).toBeLessThan(0.37 * image.width);
  });

  it('is read by its labels alone', async () => {
    const { zone, values } = await read(await drawDocument(), { templates: [] });
    expect(zone?.template).toBeUndefined();
    expect(values).toEqual(expected);
  });

  it('without labels and template gives nothing away', async () => {
    const image = await drawDocument({ hasLabels: false });
    expect((await read(image, { templates: [] })).values).toEqual({});
  });

  it('shows what is printed, not what was expected', async () => {
    const image = await drawDocument({ values: { surname: 'LARSSON', sex: 'M' } });
    const { values } = await read(image, { templates: [utopianTemplate] });
    expect(values).toMatchObject({ surname: 'LARSSON', sex: 'M' });
  });
});
