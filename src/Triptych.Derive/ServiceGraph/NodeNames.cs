using System.Text;
using Triptych.Primitives.Checksums;

namespace Triptych.Derive.ServiceGraph;

/// <summary>Names of services and of whom they call, each once. Beyond the most, further ones share a name that says so.</summary>
/// <param name="seed">For hashes; any number.</param>
internal sealed class NodeNames(ulong seed)
{
    /// <summary>The most names.</summary>
    public const int Max = 50_000;

    /// <summary>The name of those that are too many.</summary>
    private static readonly byte[] Others = Encoding.UTF8.GetBytes("metric_overflow");

    private readonly Dictionary<Hash128, int> _numbers = [];
    private readonly List<byte[]> _names = [];

    /// <summary>The number of a name.</summary>
    public int NumberOf(ReadOnlySpan<byte> name)
    {
        var hash = Hash128.Compute(name, seed);
        if (_numbers.TryGetValue(hash, out var number)) return number;
        if (_names.Count >= Max) return NumberOfOthers();
        _names.Add(name.ToArray());
        return _numbers[hash] = _names.Count - 1;
    }

    /// <summary>A name by its number.</summary>
    public ReadOnlySpan<byte> this[int number] => _names[number];

    private int NumberOfOthers()
    {
        var hash = Hash128.Compute(Others, seed);
        if (_numbers.TryGetValue(hash, out var number)) return number;
        _names.Add(Others);
        return _numbers[hash] = _names.Count - 1;
    }
}
