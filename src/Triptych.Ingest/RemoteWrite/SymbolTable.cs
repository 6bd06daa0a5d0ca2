using System.Numerics;
using System.Runtime.CompilerServices;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>
/// The symbols of one body of remote write 2, each hashed once, and the labels of series that refer to them: varints, name and value in turn. The texts stay
/// in the body, which has to outlive the table. Memory is charged to the budget; the batch that the table is the <see cref="MetricBatch.WireLabels"/> of
/// disposes it. One thread at a time.
/// </summary>
/// <param name="body">The body.</param>
/// <param name="budget">Charged for the table.</param>
/// <param name="hasTypeAndUnit">Whether before the references of a series there are the number of its type and the symbol of its unit, to become labels.</param>
internal sealed class SymbolTable(ReadOnlyMemory<byte> body, MemoryBudget budget, bool hasTypeAndUnit = false) : IWireLabels, IDisposable
{
    /// <summary>Stands for a symbol that is not there.</summary>
    public const uint None = uint.MaxValue;

    private const string NotProtobuf = "references that are not protobuf";

    // What others cannot know they cannot aim at: no two series that somebody made up meet in one hash.
    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64();

    private readonly NativeList<Symbol> _symbols = new(budget);

    /// <summary>How many symbols there are.</summary>
    public int Count => _symbols.Count;

    /// <summary>The symbol <c>__name__</c>, or <see cref="None"/>.</summary>
    public uint NameSymbol { get; private set; } = None;

    /// <summary>A hash of nothing, to which <see cref="Add"/> adds symbols in order.</summary>
    public static SeriesHash EmptyHash => new(s_seed, ~s_seed);

    /// <summary>Adds the symbol that stands at a place of the body.</summary>
    public void Add(int start, ReadOnlySpan<byte> text)
    {
        if (NameSymbol == None && text.SequenceEqual("__name__"u8)) NameSymbol = (uint)_symbols.Count;
        _symbols.Add(new Symbol(start, text.Length, Hash128.Compute(text, s_seed)));
    }

    /// <summary>A symbol's text; nothing for one that is not there.</summary>
    public ReadOnlySpan<byte> TextOf(uint symbol) =>
        symbol < (uint)_symbols.Count ? body.Span.Slice(_symbols[(int)symbol].Start, _symbols[(int)symbol].Length) : default;

    /// <summary>A symbol's hash, equal for equal texts in every body of this process.</summary>
    public Hash128 HashOf(uint symbol) => _symbols[(int)symbol].Hash;

    /// <summary>
    /// Reads a series' references without looking at texts. Returns what is wrong with them, or null.
    /// </summary>
    /// <param name="references">Varints.</param>
    /// <param name="hash">The hash of the labels, equal for the same labels in the same order.</param>
    /// <param name="metricName">The symbol that is the metric's name, or <see cref="None"/>.</param>
    public string? Check(ReadOnlySpan<byte> references, out Hash128 hash, out uint metricName)
    {
        var symbols = _symbols.Span;
        var metric = NameSymbol;
        var sum = EmptyHash;
        var at = 0;
        metricName = None;
        hash = default;
        while (at < references.Length)
        {
            if (!TryRead(references, ref at, out var name)) return NotProtobuf;
            if (name >= (uint)symbols.Length) return LeadsNowhere(name);
            if (at == references.Length) return "an odd number of references";
            if (!TryRead(references, ref at, out var value)) return NotProtobuf;
            if (value >= (uint)symbols.Length) return LeadsNowhere(value);
            sum.Add(symbols[(int)name].Hash, symbols[(int)value].Hash);
            if (name == metric) metricName = value;
        }

        hash = sum.Finish();
        return null;
    }

    /// <inheritdoc/>
    public string? Canonicalise(ReadOnlySpan<byte> wire, LabelSetWriter writer, out ReadOnlySpan<byte> canonical)
    {
        writer.Reset();
        var sent = wire;
        var isTold = hasTypeAndUnit && AddTypeAndUnit(ref wire, writer);
        while (TryTake(ref wire, out var name) && TryTake(ref wire, out var value))
        {
            // What the sender says of the metric stands, not what it wrote as labels: as in Prometheus.
            if (isTold && (TextOf(name).SequenceEqual("__type__"u8) || TextOf(name).SequenceEqual("__unit__"u8))) continue;
            writer.Add(TextOf(name), TextOf(value));
        }

        var error = writer.TryFinish(out canonical);
        return error == LabelSetError.None ? RemoteWriteLabels.FindProblem(canonical) : Describe(error, sent);
    }

    /// <inheritdoc/>
    public void Dispose() => _symbols.Dispose();

    /// <summary>Takes the next reference; false at the end and where there is none.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> references, out uint reference)
    {
        var length = 0;
        if (references.IsEmpty || !TryRead(references, ref length, out reference))
        {
            reference = None;
            return false;
        }

        references = references[length..];
        return true;
    }

    // Of one byte or two, as nearly all are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(ReadOnlySpan<byte> references, ref int at, out uint reference)
    {
        reference = references[at];
        if (reference < 0x80)
        {
            at++;
            return true;
        }

        if (at + 1 >= references.Length || references[at + 1] >= 0x80) return TryReadLong(references, ref at, out reference);
        reference = (reference & 0x7F) | ((uint)references[at + 1] << 7);
        at += 2;
        return true;
    }

    private static bool TryReadLong(ReadOnlySpan<byte> references, ref int at, out uint reference)
    {
        var length = Varint.Read(references[at..], out var value);
        reference = (uint)Math.Min(value, None);
        at += Math.Max(0, length);
        return length > 0;
    }

    private string LeadsNowhere(uint reference) => $"a reference to symbol {reference} of {_symbols.Count}";

    private string Describe(LabelSetError error, ReadOnlySpan<byte> wire)
    {
        if (hasTypeAndUnit && TryTake(ref wire, out _)) TryTake(ref wire, out _);
        var sent = new SentLabels();
        while (TryTake(ref wire, out var name) && TryTake(ref wire, out var value)) sent.Add(TextOf(name), TextOf(value));
        return sent.Describe(error);
    }

    private bool AddTypeAndUnit(ref ReadOnlySpan<byte> wire, LabelSetWriter writer)
    {
        if (!TryTake(ref wire, out var type) || !TryTake(ref wire, out var unit)) return false;
        var word = MetricTypes.LabelOf((int)type);
        writer.Add("__type__"u8, word);
        writer.Add("__unit__"u8, TextOf(unit));
        return !word.IsEmpty || !TextOf(unit).IsEmpty;
    }

    private readonly record struct Symbol(int Start, int Length, Hash128 Hash);
}

/// <summary>
/// Combines hashes of symbols in order, in two lanes. Each step is a bijection of the lane for a given symbol and of the symbol for a given lane, so that two
/// sequences which differ in one symbol never meet; those that differ in more meet by chance alone, as the hashes are keyed.
/// </summary>
internal struct SeriesHash(ulong first, ulong second)
{
    private const ulong FirstFactor = 0x9FB21C651E98DF25;
    private const ulong SecondFactor = 0xC2B2AE3D27D4EB4F;

    private ulong _first = first;
    private ulong _second = second;

    /// <summary>Adds a symbol.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Hash128 symbol)
    {
        _first = (_first ^ symbol.Hi) * FirstFactor;
        _first ^= _first >> 32;
        _second = (_second + symbol.Lo) * SecondFactor;
        _second ^= _second >> 29;
    }

    /// <summary>Adds a name and its value at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Hash128 name, Hash128 value) =>
        Add(new Hash128(name.Hi + BitOperations.RotateLeft(value.Hi, 29), name.Lo ^ BitOperations.RotateLeft(value.Lo, 31)));

    /// <summary>The hash of all that was added.</summary>
    public readonly Hash128 Finish() => new(Mix(_first), Mix(_second));

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCD;
        return value ^ (value >> 33);
    }
}
