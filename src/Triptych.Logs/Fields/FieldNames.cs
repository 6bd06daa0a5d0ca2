using System.Buffers;
using System.Text;
using Triptych.Columnar.Predicates;

namespace Triptych.Logs.Fields;

/// <summary>
/// Numbers the labels that keys of one format become: letters, digits and underscores, no digit first. Knows of each whether a line of the row group had
/// it. What lines have is bounded: of more keys than these it is only known that there are some. One thread.
/// </summary>
internal sealed class FieldNames
{
    /// <summary>The most names that are told apart.</summary>
    public const int MostNames = 512;

    /// <summary>A key whose name is not known, and has no column.</summary>
    public const int Unknown = -1;

    /// <summary>A key that the parser may name in another way.</summary>
    public const int Refused = -2;

    private const int MostKeys = 2048;
    private const int MostKeyBytes = 128;
    private const int MostPlaces = 64;

    private static readonly SearchValues<byte> s_letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);

    private readonly Dictionary<ReadOnlyMemory<byte>, int> _byKey = new(BytesComparer.Instance);
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly (byte[] Key, int Name)[] _lastKeys = new (byte[], int)[MostPlaces];
    private readonly List<string> _names = [];
    private readonly List<bool> _isSeen = [];

    /// <summary>How many names there are.</summary>
    public int Count => _names.Count;

    /// <summary>Whether keys were met whose names are not numbered.</summary>
    public bool HasUnknown { get; private set; }

    /// <summary>A name.</summary>
    public string this[int name] => _names[name];

    /// <summary>Whether a key of the name was met since the beginning of the row group.</summary>
    public bool IsSeen(int name) => _isSeen[name];

    /// <summary>Begins with a row group.</summary>
    public void Begin()
    {
        HasUnknown = false;
        for (var i = 0; i < _isSeen.Count; i++) _isSeen[i] = false;
    }

    /// <summary>The number of a name.</summary>
    public int NumberOf(string name)
    {
        if (_byName.TryGetValue(name, out var number)) return number;
        _byName.Add(name, _names.Count);
        _names.Add(name);
        _isSeen.Add(false);
        return _names.Count - 1;
    }

    /// <summary>The number of the name of a key, or <see cref="Unknown"/> or <see cref="Refused"/>.</summary>
    public int Find(int place, ReadOnlySpan<byte> key)
    {
        int name;
        if (place < MostPlaces && _lastKeys[place].Key is { } last && key.SequenceEqual(last))
        {
            name = _lastKeys[place].Name;
        }
        else
        {
            name = Look(key);
            if (place < MostPlaces && name >= 0) _lastKeys[place] = (key.ToArray(), name);
        }

        if (name >= 0) _isSeen[name] = true;
        return name;
    }

    private int Look(ReadOnlySpan<byte> key)
    {
        var keys = _byKey.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (keys.TryGetValue(key, out var known)) return known;
        if (key.Length > MostKeyBytes || key.ContainsAnyExceptInRange((byte)'!', (byte)'~')) return Refused;
        var name = Sanitize(key);
        if (!_byName.TryGetValue(name, out var number))
        {
            if (_names.Count >= MostNames)
            {
                HasUnknown = true;
                return Unknown;
            }

            number = NumberOf(name);
        }

        if (_byKey.Count < MostKeys) keys[key] = number;
        return number;
    }

    private static string Sanitize(ReadOnlySpan<byte> key)
    {
        var text = new StringBuilder(key.Length + 1);
        if (char.IsAsciiDigit((char)key[0])) text.Append('_');
        foreach (var b in key) text.Append(s_letters.Contains(b) ? (char)b : '_');
        return text.ToString();
    }
}
