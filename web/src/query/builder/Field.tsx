import { Autocomplete } from '@mantine/core';
import { useEffect, useState } from 'react';

interface Props {
  label: string;
  value: string;
  options: readonly string[];
  width: number;
  placeholder?: string;
  isWrong?: boolean;
  /** Told when the field is entered, so that its options can be loaded. */
  onOpen?: () => void;
  /** A value was chosen, or typed and left. */
  onCommit: (value: string) => void;
}

/** A text with suggestions that counts when it is chosen, or typed and left. */
export function Field({ label, value, options, width, placeholder, isWrong = false, onOpen, onCommit }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const commit = () => text !== value && onCommit(text);
  return (
    <Autocomplete
      size="xs"
      w={width}
      aria-label={label}
      placeholder={placeholder ?? label}
      data={[...new Set(options)]}
      limit={200}
      value={text}
      error={isWrong}
      spellCheck={false}
      onChange={setText}
      onOptionSubmit={onCommit}
      onFocus={onOpen}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
    />
  );
}
