using System.Buffers;
using Triptych.Model.Labels;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Exposition;

/// <summary>
/// The braces of a sample or exemplar, checked once and read again only where labels are wanted.
/// <code>
/// labels := '{' [ part { ',' part } [ ',' ] ] '}'      part := name '=' quoted | quoted '=' quoted | quoted (the metric's name)
/// </code>
/// In quotes <c>\\ \" \n</c> are escapes.
/// </summary>
internal ref struct LabelSpans(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _text = text;
    private int _nameStart;
    private int _nameLength;

    /// <summary>How long the braces and what they hold are, once checked.</summary>
    public int Length { get; private set; }

    /// <summary>Whether the metric's name stands in the braces.</summary>
    public bool HasQuotedName { get; private set; }

    /// <summary>The metric's name as it stands between its quotes.</summary>
    public readonly ReadOnlySpan<byte> QuotedName => _text.Slice(_nameStart, _nameLength);

    /// <summary>Checks the syntax and finds the end. Returns what is wrong, or null.</summary>
    public string? Check(bool allowName)
    {
        var walk = new Walk(_text);
        while (walk.TryRead(out var part))
        {
            if (!part.HasValue)
            {
                if (!allowName || HasQuotedName) return "a label without a value";
                HasQuotedName = true;
                _nameStart = part.NameStart;
                _nameLength = part.NameLength;
            }

            if (!Utf8Text.IsValid(_text.Slice(part.NameStart, part.NameLength)) || !Utf8Text.IsValid(_text.Slice(part.ValueStart, part.ValueLength)))
                return "a label that is not valid UTF-8";
        }

        if (walk.Error is not null) return walk.Error;
        Length = walk.Position;
        return null;
    }

    /// <summary>Adds the labels, and the metric's name where it stands among them, to a writer.</summary>
    /// <param name="into">The writer.</param>
    /// <param name="boundLabel">The label whose values are numbers, see <see cref="BoundText"/>; empty where there is none.</param>
    /// <param name="exceptType">Whether to leave out <c>__type__</c>.</param>
    /// <param name="exceptUnit">Whether to leave out <c>__unit__</c>.</param>
    public readonly void WriteTo(LabelSetWriter into, ReadOnlySpan<byte> boundLabel = default, bool exceptType = false, bool exceptUnit = false)
    {
        var walk = new Walk(_text);
        while (walk.TryRead(out var part))
        {
            var name = _text.Slice(part.NameStart, part.NameLength);
            if ((exceptType && name.SequenceEqual("__type__"u8)) || (exceptUnit && name.SequenceEqual("__unit__"u8))) continue;
            var value = _text.Slice(part.ValueStart, part.ValueLength);
            if (part.HasValue && !boundLabel.IsEmpty && name.SequenceEqual(boundLabel)) BoundText.AddTo(into, name, value);
            else if (part.HasValue) Add(into, name, value);
            else Add(into, "__name__"u8, name);
        }
    }

    /// <summary>Where a quoted string that starts at <paramref name="from"/> ends; -1 where it does not.</summary>
    public static int EndOfQuoted(ReadOnlySpan<byte> text, int from)
    {
        while (from < text.Length)
        {
            var at = text[from..].IndexOfAny((byte)'"', (byte)'\\');
            if (at < 0) return -1;
            from += at;
            if (text[from] == '"') return from;
            from += 2;
        }

        return -1;
    }

    private static void Add(LabelSetWriter into, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.IndexOf((byte)'\\') < 0 && value.IndexOf((byte)'\\') < 0)
        {
            into.Add(name, value);
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent(name.Length + value.Length);
        var nameLength = Unescape(name, rented);
        var valueLength = Unescape(value, rented.AsSpan(nameLength));
        into.Add(rented.AsSpan(0, nameLength), rented.AsSpan(nameLength, valueLength));
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static int Unescape(ReadOnlySpan<byte> text, Span<byte> into)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var b = text[i];
            if (b == '\\' && i + 1 < text.Length)
            {
                var next = text[i + 1];
                if (next is (byte)'n' or (byte)'"' or (byte)'\\')
                {
                    b = next == 'n' ? (byte)'\n' : next;
                    i++;
                }
            }

            into[length++] = b;
        }

        return length;
    }

    private readonly record struct Part(int NameStart, int NameLength, int ValueStart, int ValueLength, bool HasValue);

    private ref struct Walk(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;

        public int Position { get; private set; } = 1;

        public string? Error { get; private set; }

        public bool TryRead(out Part part)
        {
            part = default;
            SkipSpace();
            if (Peek() == '}')
            {
                Position++;
                return false;
            }

            if (!TryReadName(out var nameStart, out var nameLength, out var isQuoted)) return Fail("a label name is expected");
            SkipSpace();
            if (Peek() == '=')
            {
                Position++;
                SkipSpace();
                if (Peek() != '"' || !TryReadQuoted(out var valueStart, out var valueLength)) return Fail("a label value in quotes is expected");
                part = new Part(nameStart, nameLength, valueStart, valueLength, HasValue: true);
            }
            else if (isQuoted)
            {
                part = new Part(nameStart, nameLength, 0, 0, HasValue: false);
            }
            else
            {
                return Fail("'=' is expected");
            }

            SkipSpace();
            if (Peek() == ',') Position++;
            else if (Peek() != '}') return Fail("',' or '}' is expected");
            return true;
        }

        private bool TryReadName(out int start, out int length, out bool isQuoted)
        {
            isQuoted = Peek() == '"';
            if (isQuoted) return TryReadQuoted(out start, out length) && length > 0;
            start = Position;
            while (IsNameByte(Peek(), Position == start)) Position++;
            length = Position - start;
            return length > 0;
        }

        private bool TryReadQuoted(out int start, out int length)
        {
            start = Position + 1;
            var end = EndOfQuoted(_text, start);
            length = Math.Max(end - start, 0);
            Position = end + 1;
            return end >= 0;
        }

        private readonly char Peek() => Position < _text.Length ? (char)_text[Position] : '\0';

        private static bool IsNameByte(char c, bool isFirst) => c == '_' || char.IsAsciiLetter(c) || (!isFirst && char.IsAsciiDigit(c));

        private void SkipSpace()
        {
            while (Peek() is ' ' or '\t') Position++;
        }

        private bool Fail(string problem)
        {
            Error = problem;
            return false;
        }
    }
}
