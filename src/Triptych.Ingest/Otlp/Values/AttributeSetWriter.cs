using System.Buffers.Binary;
using Triptych.Ingest.Text;
using Triptych.Model.Attributes;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Values;

/// <summary>
/// Builds attribute sets (<see cref="AttributeReader"/>) one after another out of <c>KeyValue</c> messages, reusing its memory. Of a key that comes twice
/// the last value stays. An attribute without a key is left out, one without a value has the empty text. One owner, one thread at a time.
/// </summary>
internal sealed class AttributeSetWriter : IDisposable
{
    /// <summary>The most attributes of one set; looking for equal keys is quadratic.</summary>
    public const int MaxAttributes = 1024;

    private readonly PooledBufferWriter _bytes = new(capacity: 2048);
    private readonly PooledBufferWriter _nested = new(capacity: 0);
    private readonly ValidText _valid = new();
    private uint[] _fingerprints = new uint[32];
    private Entry[] _entries = new Entry[32];
    private int _count;
    private bool _hasDuplicates;

    /// <summary>True when more than <see cref="MaxAttributes"/> were added; the set is then not to be used.</summary>
    public bool HasTooMany { get; private set; }

    /// <summary>Starts an empty set.</summary>
    public void Reset()
    {
        _bytes.Reset();
        _count = 0;
        _hasDuplicates = false;
        HasTooMany = false;
    }

    /// <summary>Adds the attribute of a <c>KeyValue</c> message.</summary>
    /// <param name="parent">Takes the error of a malformed message.</param>
    /// <param name="pair">The message.</param>
    public void Add(scoped ref ProtoReader parent, ProtoReader pair)
    {
        if (!AnyValue.TryReadPair(ref parent, pair, out var key, out var value) || key.IsEmpty) return;
        var entry = Begin(key);
        if (entry is null) return;
        _bytes.Advance(WriteNumber(_bytes.GetSpan(9), value.Kind, value.Bits));
        if (value.Kind is not (AttributeKind.Bool or AttributeKind.Int or AttributeKind.Double)) WriteContent(ref parent, value);
        Register(entry.Value);
    }

    /// <summary>Adds an attribute: numbers and booleans by their bits, texts by their bytes, which are repaired where they are not UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> key, AttributeKind kind, long bits, ReadOnlySpan<byte> bytes)
    {
        if (key.IsEmpty || Begin(key) is not { } entry) return;
        _bytes.Advance(WriteNumber(_bytes.GetSpan(9), kind, bits));
        if (kind is not (AttributeKind.Bool or AttributeKind.Int or AttributeKind.Double))
        {
            _bytes.WriteLengthPrefixed(kind == AttributeKind.Bytes ? bytes : _valid.Of(bytes));
        }

        Register(entry);
    }

    /// <summary>The set, valid until the next <see cref="Reset"/>.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        if (_hasDuplicates) DropReplaced();
        return _bytes.WrittenSpan;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _nested.Dispose();
        _valid.Dispose();
    }

    /// <summary>Writes the key; null where there is no more room.</summary>
    private Entry? Begin(ReadOnlySpan<byte> key)
    {
        if (_count == MaxAttributes)
        {
            HasTooMany = true;
            return null;
        }

        key = _valid.Of(key);
        var start = _bytes.Length;
        var room = _bytes.GetSpan(key.Length + 8);
        var at = Varint.Write(room, (ulong)key.Length);
        key.CopyTo(room[at..]);
        _bytes.Advance(at + key.Length);
        return new Entry(start, start + at, key.Length);
    }

    private static int WriteNumber(Span<byte> room, AttributeKind kind, long bits)
    {
        room[0] = (byte)(kind == AttributeKind.None ? AttributeKind.String : kind);
        switch (kind)
        {
            case AttributeKind.Bool:
                room[1] = (byte)bits;
                return 2;
            case AttributeKind.Int or AttributeKind.Double:
                BinaryPrimitives.WriteInt64LittleEndian(room[1..], bits);
                return 9;
            default:
                return 1;
        }
    }

    private void WriteContent(scoped ref ProtoReader parent, scoped in AnyValue value)
    {
        switch (value.Kind)
        {
            case AttributeKind.String:
                _bytes.WriteLengthPrefixed(_valid.Of(value.Bytes));
                break;
            case AttributeKind.Array or AttributeKind.KeyValueList:
                _nested.Reset();
                AnyValueText.WriteJson(ref parent, value, _nested, 0);
                _bytes.WriteLengthPrefixed(_nested.WrittenSpan);
                break;
            default:
                _bytes.WriteLengthPrefixed(value.Bytes);
                break;
        }
    }

    private void Register(Entry entry)
    {
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
            Array.Resize(ref _fingerprints, _count * 2);
        }

        var bytes = _bytes.WrittenSpan;
        var key = bytes.Slice(entry.KeyStart, entry.KeyLength);
        var fingerprint = Fingerprint(key);
        var known = _fingerprints.AsSpan(0, _count);
        for (var at = known.IndexOf(fingerprint); at >= 0;)
        {
            ref var earlier = ref _entries[at];
            if (bytes.Slice(earlier.KeyStart, earlier.KeyLength).SequenceEqual(key))
            {
                earlier.IsReplaced = true;
                _fingerprints[at] = ~fingerprint;
                _hasDuplicates = true;
                break;
            }

            var next = known[(at + 1)..].IndexOf(fingerprint);
            at = next < 0 ? -1 : at + 1 + next;
        }

        _fingerprints[_count] = fingerprint;
        _entries[_count++] = entry;
    }

    private static uint Fingerprint(ReadOnlySpan<byte> key)
    {
        var hash = (ulong)key.Length * 0x9E3779B97F4A7C15;
        while (key.Length >= 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key)) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
            key = key[8..];
        }

        ulong rest = 0;
        foreach (var b in key) rest = (rest << 8) | b;
        return (uint)(((hash ^ rest) * 0xC2B2AE3D27D4EB4F) >> 32);
    }

    private void DropReplaced()
    {
        var bytes = _bytes.WrittenForEdit;
        var to = 0;
        for (var i = 0; i < _count; i++)
        {
            var start = _entries[i].Start;
            var end = i + 1 < _count ? _entries[i + 1].Start : bytes.Length;
            if (_entries[i].IsReplaced) continue;
            bytes[start..end].CopyTo(bytes[to..]);
            to += end - start;
        }

        _bytes.Truncate(to);
        _hasDuplicates = false;
    }

    private record struct Entry(int Start, int KeyStart, int KeyLength)
    {
        public bool IsReplaced;
    }
}
