"use strict";

// Text in the page -> arrays.

/** Return the bytes of an element that holds gzip as base64. */
async function inflate(element) {
  const text = atob(element.textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

const TYPES = {
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int16: Int16Array,
};

/** Return the arrays of an element, by name, each with its shape. */
async function unpack(id) {
  const element = document.getElementById(id);
  const buffer = await inflate(element);
  const arrays = {};
  let offset = 0;
  for (const { name, type, shape } of JSON.parse(element.dataset.arrays)) {
    const size = shape.reduce((a, b) => a * b, 1) * TYPES[type].BYTES_PER_ELEMENT;
    arrays[name] = new TYPES[type](buffer.slice(offset, offset + size));
    arrays[name].shape = shape;
    offset += size;
  }
  return arrays;
}

const unpacked = new Map();
/** Unpack once only. */
function arraysOf(id) {
  if (!unpacked.has(id)) unpacked.set(id, unpack(id));
  return unpacked.get(id);
}
