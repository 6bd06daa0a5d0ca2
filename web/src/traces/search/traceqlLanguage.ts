import { LRLanguage } from '@codemirror/language';
import { parser } from '@grafana/lezer-traceql';
import { styleTags, tags } from '@lezer/highlight';

export const traceqlLanguage = LRLanguage.define({
  name: 'traceql',
  parser: parser.configure({
    props: [
      styleTags({
        LineComment: tags.comment,
        'AttributeField/...': tags.labelName,
        IntrinsicField: tags.labelName,
        String: tags.string,
        'Integer Float Duration': tags.number,
        Static: tags.atom,
        'Aggregate/...': tags.function(tags.variableName),
        'FieldOp ComparisonOp And Or Pipe Desc': tags.operator,
        '⚠': tags.invalid,
      }),
    ],
  }),
  languageData: { closeBrackets: { brackets: ['(', '{', '"', '`'] } },
});
