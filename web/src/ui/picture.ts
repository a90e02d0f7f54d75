/** Drawing the pictures of a camera. */

import type { CompressedImage } from '../ros/messages';

/** Draws a picture, and gives the canvas its size; one that is damaged is passed over. */
export async function draw(canvas: HTMLCanvasElement, image: CompressedImage): Promise<void> {
  const type = image.format.includes('png') ? 'image/png' : 'image/jpeg';
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes(image.data)], { type }));
  } catch (error) {
    if (error instanceof DOMException) return; // the next one comes soon
    throw error;
  }
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  bitmap.close();
}

/** JSON carries bytes as base64, CBOR as they are. */
function bytes(data: Uint8Array | string): Uint8Array<ArrayBuffer> {
  if (typeof data !== 'string') return new Uint8Array(data);
  return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
}
