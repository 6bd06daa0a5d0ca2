using System.Runtime.InteropServices;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>
/// The values of the page that is being filled, without nulls. Fixed widths lie in PLAIN form (booleans as a byte each), byte arrays as
/// bytes and ends. One owner, who disposes it.
/// </summary>
internal sealed class PageValues(ParquetColumn column) : IDisposable
{
    private readonly PooledBufferWriter _data = new(capacity: 4096);
    private readonly PooledBufferWriter? _ends = column.Type == ParquetType.ByteArray ? new(capacity: 4096) : null;

    public ParquetColumn Column => column;

    /// <summary>Bytes of one value; 0 for byte arrays.</summary>
    public int Width { get; } = column.Type == ParquetType.Boolean ? 1 : column.Width;

    public int Count { get; private set; }

    /// <summary>Bytes as PLAIN has them, near enough to end pages by.</summary>
    public int SizeBytes => _data.Length + (_ends?.Length ?? 0);

    public ReadOnlySpan<byte> Data => _data.WrittenSpan;

    /// <summary>Byte arrays: the end of each value in <see cref="Data"/>.</summary>
    public ReadOnlySpan<int> Ends => MemoryMarshal.Cast<byte, int>(_ends!.WrittenSpan);

    public ReadOnlySpan<T> As<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(_data.WrittenSpan);

    /// <summary>One value in PLAIN form without length.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if (_ends is null)
                return Data.Slice(index * Width, Width);
            var ends = Ends;
            return Data[(index == 0 ? 0 : ends[index - 1])..ends[index]];
        }
    }

    /// <summary>Adds values of a fixed width, those whose slot is valid.</summary>
    public void AddFixed(ReadOnlySpan<byte> values, ReadOnlySpan<bool> validity)
    {
        if (validity.IsEmpty)
        {
            _data.Write(values);
            Count += values.Length / Width;
            return;
        }

        for (var at = 0; at < validity.Length;)
        {
            at += LengthOf(validity[at..], value: false);
            var valid = LengthOf(validity[at..], value: true);
            _data.Write(values.Slice(at * Width, valid * Width));
            Count += valid;
            at += valid;
        }
    }

    /// <summary>Adds byte arrays, those whose slot is valid. The first begins at <paramref name="start"/>.</summary>
    public void AddBytes(int start, ReadOnlySpan<int> ends, ReadOnlySpan<byte> data, ReadOnlySpan<bool> validity)
    {
        var room = MemoryMarshal.Cast<byte, int>(_ends!.GetSpan(ends.Length * sizeof(int)))[..ends.Length];
        var before = _data.Length;
        var count = 0;
        if (validity.IsEmpty)
        {
            for (var i = 0; i < ends.Length; i++)
                room[i] = before + ends[i] - start;
            count = ends.Length;
            if (count > 0)
                _data.Write(data[start..ends[^1]]);
        }
        else
        {
            for (var i = 0; i < ends.Length; i++)
            {
                if (validity[i])
                {
                    _data.Write(data[start..ends[i]]);
                    room[count++] = _data.Length;
                }

                start = ends[i];
            }
        }

        _ends.Advance(count * sizeof(int));
        Count += count;
    }

    public void Clear()
    {
        _data.Reset();
        _ends?.Reset();
        Count = 0;
    }

    public void Dispose()
    {
        _data.Dispose();
        _ends?.Dispose();
    }

    private static int LengthOf(ReadOnlySpan<bool> flags, bool value)
    {
        var length = flags.IndexOf(!value);
        return length < 0 ? flags.Length : length;
    }
}
