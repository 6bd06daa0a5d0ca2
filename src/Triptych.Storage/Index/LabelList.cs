using System.Runtime.CompilerServices;
using Triptych.Columnar.Symbols;

namespace Triptych.Storage.Index;

/// <summary>
/// The labels of a series, ordered by the bytes of their names, as a <see cref="LabelIndex"/> keeps them: <c>{ uvarint(name) uvarint(value) }</c>, numbers of its
/// symbols. Valid as long as the index; for <c>foreach</c>.
/// </summary>
public readonly ref struct LabelList(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Begins with the first label.</summary>
    public Enumerator GetEnumerator() => new(_bytes);

    /// <summary>Walks the labels.</summary>
    public ref struct Enumerator(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;

        /// <summary>The label at hand.</summary>
        public LabelId Current { get; private set; }

        /// <summary>Goes on to the next label; false at the end.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            if (_at >= _bytes.Length) return false;
            Current = new LabelId(Read(), Read());
            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private int Read()
        {
            int next = _bytes[_at++];
            if (next < 0x80) return next;
            var value = next & 0x7f;
            for (var shift = 7; ; shift += 7)
            {
                next = _bytes[_at++];
                value |= (next & 0x7f) << shift;
                if (next < 0x80) return value;
            }
        }
    }
}
