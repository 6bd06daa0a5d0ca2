using System.Buffers.Binary;
using Triptych.Columnar.Predicates;
using Triptych.LogQL.Stages;

namespace Triptych.LogQL.Functions;

/// <summary>
/// Remembers what the stages made of rows that are alike in all that can matter: the stream, the level and the fields, but for a field that is only read as a
/// number. Stages hang on nothing else, so that one row speaks for all of its kind. One thread.
/// </summary>
/// <param name="fields">The fields of the row that is asked about.</param>
/// <param name="freeLabel">The label whose number does not matter; -1 for none.</param>
internal sealed class FieldMemo(KnownFields fields, int freeLabel)
{
    /// <summary>A row of this kind is turned away.</summary>
    public const int TurnedAway = -1;

    private const int MostKinds = 8192;
    private const int BytesPerLabel = 12;

    private readonly Dictionary<ReadOnlyMemory<byte>, int> _series = new(BytesComparer.Instance);
    private readonly byte[] _key = new byte[8 + (fields.Count * BytesPerLabel)];
    private readonly byte[] _last = new byte[8 + (fields.Count * BytesPerLabel)];
    private bool _hasLast;
    private int _lastSeries;

    /// <summary>The series of a row's kind, or <see cref="TurnedAway"/>; false where none of its kind was seen.</summary>
    public bool TryFind(int stream, int level, out int series)
    {
        WriteKey(stream, level);
        series = _lastSeries;
        if (_hasLast && _key.AsSpan().SequenceEqual(_last)) return true;
        if (!_series.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(_key, out series)) return false;
        Note(series);
        return true;
    }

    /// <summary>Remembers what became of the row that was asked about last.</summary>
    public void Add(int series)
    {
        if (_series.Count >= MostKinds) return;
        _series[_key.ToArray()] = series;
        Note(series);
    }

    private void Note(int series)
    {
        _key.CopyTo(_last.AsSpan());
        (_lastSeries, _hasLast) = (series, true);
    }

    private void WriteKey(int stream, int level)
    {
        var key = _key.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(key, stream);
        BinaryPrimitives.WriteInt32LittleEndian(key[4..], level);
        key = key[8..];
        for (var label = 0; label < fields.Count; label++, key = key[BytesPerLabel..])
        {
            ref readonly var value = ref fields.ValueOf(label);
            var isFree = label == freeLabel && value.Kind == Columnar.Rows.FieldKind.Number;
            var form = (int)value.Kind | (value.Decimals << 8) | (value.LeastDecimals << 16);
            BinaryPrimitives.WriteInt32LittleEndian(key, isFree ? (int)value.Kind : form);
            BinaryPrimitives.WriteInt64LittleEndian(key[4..], isFree ? 0 : value.Bits);
        }
    }
}
