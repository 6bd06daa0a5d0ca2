using System.Runtime.InteropServices;
using Triptych.Primitives.Binary;

namespace Triptych.Traces.Block;

/// <summary>Byte strings one after another, as Parquet's writer takes them.</summary>
internal sealed class BytesRows : IDisposable
{
    private readonly List<int> _ends = [];

    /// <summary>All bytes; what is written here belongs to the coming string until <see cref="End"/>.</summary>
    public PooledBufferWriter Data { get; } = new();

    /// <summary>Where each ends.</summary>
    public ReadOnlySpan<int> Ends => CollectionsMarshal.AsSpan(_ends);

    /// <summary>How many there are.</summary>
    public int Count => _ends.Count;

    /// <summary>Adds one.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        Data.Write(value);
        End();
    }

    /// <summary>Ends a string.</summary>
    public void End() => _ends.Add(Data.Length);

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Data.Reset();
        _ends.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Data.Dispose();
}
