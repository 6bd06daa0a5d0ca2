using Triptych.Columnar.Rows;

namespace Triptych.Logs.Fields;

/// <summary>Chooses by some lines which fields get a column: what is frequent and takes few bytes. One thread.</summary>
internal sealed class FieldSample
{
    /// <summary>Lines that are enough to choose by.</summary>
    public const int Lines = 4096;

    // Of all lines, those that have a field; and of those, the ones that have it in a form that gives the text back.
    private const double LeastShare = 0.01;
    private const double LeastCanonical = 0.995;

    // Bytes that all columns may take of a line, in the mean, by the estimate below.
    private const double MostBytes = 1.6;
    private const int MostColumns = 16;
    private const int MostTexts = 64;
    private const int MostTextBytes = 64;

    private readonly Reader _json = new(FieldFormat.Json);
    private readonly Reader _logfmt = new(FieldFormat.Logfmt);
    private readonly byte[] _keys = new byte[256];
    private int _lines;

    /// <summary>Adds a line.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        _lines++;
        if (JsonFields.MayRead(line)) new JsonFields(line, _keys).TryRead(_json);
        else LogfmtFields.TryRead(line, _logfmt);
    }

    /// <summary>The columns.</summary>
    public FieldLayout Choose()
    {
        if (_lines == 0) return FieldLayout.None;
        var columns = new List<FieldSpec>();
        var left = MostBytes;
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var choices = _json.Choices(_lines).Concat(_logfmt.Choices(_lines))
            .OrderBy(c => Rank(c.Column, c.Bytes)).ThenBy(c => c.Column.Column, StringComparer.Ordinal);
        foreach (var (column, bytes) in choices)
        {
            // Some readers tell columns apart without regard to case.
            if (bytes > left || columns.Count == MostColumns || !names.Add(column.Column)) continue;
            left -= bytes;
            columns.Add(column);
        }

        return columns.Count == 0 ? FieldLayout.None : new FieldLayout([.. columns.OrderBy(c => c.Column, StringComparer.Ordinal)]);
    }

    /// <summary>What takes little comes first; numbers with a fraction are measured rather than named, and more likely to be asked for.</summary>
    private static double Rank(FieldSpec column, double bytes) => column is { IsText: false, Decimals: > 0 } ? bytes / 2 : bytes;

    private sealed class Reader(FieldFormat format) : IFieldSink
    {
        private readonly FieldNames _names = new();
        private readonly List<Field> _fields = [];

        public bool Take(int place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isEscaped)
        {
            var name = _names.Find(place, key);
            if (name == FieldNames.Refused) return false;
            if (name == FieldNames.Unknown) return true;
            while (_fields.Count <= name) _fields.Add(new Field());
            _fields[name].Add(value, isEscaped);
            return true;
        }

        public IEnumerable<(FieldSpec Column, double Bytes)> Choices(int lines)
        {
            for (var name = 0; name < _fields.Count; name++)
            {
                if (_fields[name].Count < LeastShare * lines) continue;
                if (_fields[name].Choose(format, _names[name]) is { } column) yield return (column, _fields[name].SizeBytes(column) / lines);
            }
        }
    }

    /// <summary>The values of one field.</summary>
    private sealed class Field
    {
        private readonly HashSet<string> _texts = new(StringComparer.Ordinal);
        private readonly HashSet<long> _numbers = [];
        private readonly int[] _byDecimals = new int[FieldNumber.MaxDigits + 1];
        private int _withLastZero;
        private int _numberCount;
        private int _escaped;
        private bool _hasManyTexts;
        private double _last;
        private double _differences;

        public int Count { get; private set; }

        public void Add(ReadOnlySpan<byte> value, bool isEscaped)
        {
            Count++;
            if (isEscaped)
            {
                _escaped++;
                return;
            }

            if (FieldNumber.TryRead(value, out var digits, out var decimals))
            {
                _numberCount++;
                _byDecimals[decimals]++;
                if (decimals > 0 && digits % 10 == 0) _withLastZero++;
                _numbers.Add(digits);
                var number = FieldNumber.ToDouble(digits, decimals);
                if (number != _last) _differences += Math.Log2(Math.Abs(number - _last));
                _last = number;
            }

            if (_hasManyTexts) return;
            if (value.Length > MostTextBytes || _texts.Count > MostTexts) _hasManyTexts = true;
            else _texts.Add(System.Text.Encoding.UTF8.GetString(value));
        }

        public FieldSpec? Choose(FieldFormat format, string name)
        {
            if (_numberCount >= LeastCanonical * Count && Decimals() is { } found)
                return new FieldSpec(format, name, IsText: false, found.Decimals, found.Least);
            var isText = !_hasManyTexts && _texts.Count <= Math.Min(MostTexts, Count / 2) && Count - _escaped >= LeastCanonical * Count;
            return isText ? new FieldSpec(format, name, IsText: true, 0, 0) : null;
        }

        /// <summary>About how much the column takes, of all lines of the sample: codes of a dictionary, or differences of neighbours.</summary>
        public double SizeBytes(FieldSpec column)
        {
            if (column.IsText) return Count * Math.Log2(_texts.Count + 1) / 8 / 2;
            // The largest of 32 neighbours says how many bits each of them takes.
            var differences = Math.Max(1, (_differences / Count) + (column.Decimals * Math.Log2(10)) + 2);
            var codes = Math.Log2(_numbers.Count + 1);
            return Count * (codes < 8 ? Math.Min(codes, differences) : differences) / 8;
        }

        /// <summary>How many digits a column includes and how many its texts have at least; null where nearly all texts would not come back.</summary>
        private (byte Decimals, byte Least)? Decimals()
        {
            var (least, most) = (Array.FindIndex(_byDecimals, n => n > 0), Array.FindLastIndex(_byDecimals, n => n > 0));
            if (least == most) return ((byte)most, (byte)most);

            // Either zeros at the end are left out everywhere, or one stands behind the point of whole numbers.
            if (_withLastZero <= (1 - LeastCanonical) * Count) return ((byte)most, 0);
            return least == 1 ? ((byte)most, 1) : null;
        }
    }
}
