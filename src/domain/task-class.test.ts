import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classKey, taskClassOf } from './task-class.ts'

const NONE = new Map()

test('image types are few and everything else issues a token', () => {
  for (const type of ['ImageToTextTask', 'imagetotexttask', 'ComplexImageTask'])
    assert.equal(taskClassOf(type, NONE), 'image')
  for (const type of ['TurnstileTask', 'RecaptchaV2TaskProxyless', 'NoCaptchaTask', 'CustomTask', 'Unheard'])
    assert.equal(taskClassOf(type, NONE), 'token')
})

test("the operator's own types win, whatever their case or suffix", () => {
  const own = new Map([[classKey('MyPictureTask'), 'image' as const]])
  assert.equal(taskClassOf('MYPICTURETASKProxyless', own), 'image')
})
