using System.Buffers.Binary;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;

namespace Triptych.Logs.Block;

/// <summary>
/// Tells in which of up to 64 parts of a row group a line may contain a needle (docs/formats/logs-block.md):
/// <code>
/// version:1 log2 mixed:1 log2 words:1 0:1 rows per part:4 { parts:8 } { parts:8 }
/// </code>
/// Two tables, of grams with digits and of those without. A gram's slot has a bit for each part that has the gram, or another one of that slot: the parts that
/// may contain a needle are those that all of its grams' slots name. Immutable; any thread may call.
/// </summary>
internal sealed class GramFilter
{
    /// <summary>The most parts of a row group.</summary>
    public const int Parts = 64;

    /// <summary>How grams are chosen and slots found; filters of another version are passed over.</summary>
    public const byte Version = 1;

    private const int HeaderBytes = 8;
    private const uint SlotFactor = 0x85EBCA6B;

    [ThreadStatic]
    private static Grams? t_grams;

    private readonly byte[] _bytes;
    private readonly int _mixedBits;
    private readonly int _wordBits;
    private readonly int _rowsPerPart;

    private GramFilter(byte[] bytes)
    {
        _bytes = bytes;
        (_mixedBits, _wordBits) = (bytes[1], bytes[2]);
        _rowsPerPart = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
    }

    /// <summary>The section of a row group's filter.</summary>
    public static string SectionOf(int rowGroup) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"triptych.grams.{rowGroup}");

    /// <summary>The filter in a section; null where it is of a version that this program does not know.</summary>
    /// <exception cref="CorruptFileException">The section is damaged.</exception>
    public static GramFilter? Read(byte[] section, string file)
    {
        if (section.Length > 0 && section[0] != Version) return null;
        var isWhole = section.Length >= HeaderBytes && section[1] < 32 && section[2] < 32
            && section.Length == HeaderBytes + (sizeof(ulong) * ((1L << section[1]) + (1L << section[2])))
            && BinaryPrimitives.ReadInt32LittleEndian(section.AsSpan(4)) > 0;
        return isWhole ? new GramFilter(section) : throw new CorruptFileException(file, 0, "a filter of lines has not the size that it says");
    }

    /// <summary>The slot of a gram in a table of so many.</summary>
    public static int SlotOf(uint gram, int bits) => bits == 0 ? 0 : (int)((gram * SlotFactor) >> (32 - bits));

    /// <summary>The rows whose line a predicate does not rule out.</summary>
    public RowRange[] FindRows(RowPredicate predicate, long rowCount)
    {
        var parts = PartsOf(predicate);
        var rows = new List<RowRange>();
        for (var part = 0; part < Parts && (long)part * _rowsPerPart < rowCount; part++)
        {
            if ((parts >> part & 1) == 0) continue;
            var start = (long)part * _rowsPerPart;
            var end = part == Parts - 1 ? rowCount : Math.Min(rowCount, start + _rowsPerPart);
            if (rows.Count > 0 && rows[^1].End == start) rows[^1] = rows[^1] with { Count = end - rows[^1].Start };
            else rows.Add(new RowRange(start, end - start));
        }

        return [.. rows];
    }

    /// <summary>Whether a filter can say anything about a predicate: whether it has conditions on lines that hold only with some bytes.</summary>
    public static bool CanRule(RowPredicate predicate) => predicate switch
    {
        RowPredicate.And and => and.Parts.Any(CanRule),
        RowPredicate.Or or => or.Parts.All(CanRule),
        RowPredicate.Contains contains => contains.Column == LogColumns.Line && contains.Needle.Length >= Grams.WordSpan,
        RowPredicate.Matches matches => matches.Column == LogColumns.Line
            && (matches.RequiredLiterals.Any(IsLong) || (matches.RequiredAnyCase.Count > 0 && matches.RequiredAnyCase.All(IsLong))),
        _ => false,
    };

    private static bool IsLong(ReadOnlyMemory<byte> needle) => needle.Length >= Grams.WordSpan;

    private ulong PartsOf(RowPredicate predicate)
    {
        var parts = ulong.MaxValue;
        switch (predicate)
        {
            case RowPredicate.And and:
                foreach (var part in and.Parts) parts &= PartsOf(part);
                break;
            case RowPredicate.Or or:
                parts = 0;
                foreach (var part in or.Parts) parts |= PartsOf(part);
                break;
            case RowPredicate.Contains contains when contains.Column == LogColumns.Line:
                parts = PartsOf(contains.Needle.Span);
                break;
            case RowPredicate.Matches matches when matches.Column == LogColumns.Line:
                foreach (var literal in matches.RequiredLiterals) parts &= PartsOf(literal.Span);
                if (matches.RequiredAnyCase.Count > 0) parts &= matches.RequiredAnyCase.Aggregate(0UL, (any, text) => any | PartsOf(text.Span));
                break;
        }

        return parts;
    }

    private ulong PartsOf(ReadOnlySpan<byte> needle)
    {
        var sink = new Sink(this);
        (t_grams ??= new Grams()).Collect(needle, ref sink);
        return sink.Parts;
    }

    private struct Sink(GramFilter filter) : IGramSink
    {
        public ulong Parts { get; private set; } = ulong.MaxValue;

        public void AddMixed(uint gram) => Add(SlotOf(gram, filter._mixedBits));

        public void AddWord(uint gram) => Add(SlotOf(gram, filter._wordBits) + (1 << filter._mixedBits));

        private void Add(int slot) => Parts &= BinaryPrimitives.ReadUInt64LittleEndian(filter._bytes.AsSpan(HeaderBytes + (slot * sizeof(ulong))));
    }
}
