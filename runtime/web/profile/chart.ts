// SPDX-License-Identifier: Apache-2.0
// A profile as a picture (SVG): a bar per kernel as long as its time in a step, on it in dark the
// floor below which no kernel for the same work can come.
import type { Profile } from './profile.ts';
import { countSteps, kernelRows } from './table.ts';

const [width, labelWidth, rowHeight, top] = [960, 330, 22, 54];

export function barChart(profile: Profile): string {
  const rows = kernelRows(profile);
  const steps = countSteps(profile);
  const longest = Math.max(1, ...rows.map(({ microseconds }) => microseconds));
  const scale = (microseconds: number) =>
    ((microseconds / longest) * (width - labelWidth - 130)).toFixed(1);
  const bars = rows.map((row, i) => {
    const y = top + i * rowHeight;
    const figures = `${(row.microseconds / steps).toFixed(1)} us, ${(100 * row.share).toFixed(1)} %`;
    return `<g transform="translate(0 ${y})"><title>${escape(row.modules.join('\n'))}</title>
<text x="${labelWidth - 8}" y="15" text-anchor="end">${escape(row.kernel)}</text>
<rect x="${labelWidth}" y="3" width="${scale(row.microseconds)}" height="16" fill="#9bb8d9"/>
<rect x="${labelWidth}" y="3" width="${scale(Math.min(row.floorMicroseconds, row.microseconds))}" height="16" fill="#34587f"/>
<text x="${labelWidth + 6 + Number(scale(row.microseconds))}" y="15">${figures}</text></g>`;
  });
  const height = top + rows.length * rowHeight + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="10" y="20" font-size="14">${escape(`${profile.model} on ${profile.adapter}`)}</text>
<text x="10" y="40" fill="#555">time on the GPU in a step, by kernel; dark: the floor that copy rate and arithmetic set</text>
${bars.join('\n')}
</svg>
`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replace(/[&<>"]/g, (character) => entities[character]);
