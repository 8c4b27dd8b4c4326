"""Files of frames, made from their facts: the same facts give the same bytes, in every process and on every day."""
